import type { Server } from 'node:http';
import { HttpAdapter } from './http.adapter.js';

describe(HttpAdapter.name, () => {
  it('looks for slow requests on both listeners much more often than a request may take', () => {
    const sut = new HttpAdapter({ key: '', cert: '' });
    sut.initHttpServer();
    for (const server of [sut.getHttpServer() as Server, sut.tlsServer]) {
      expect(server).toMatchObject({ connectionsCheckingInterval: 1000 });
    }
  });
});
