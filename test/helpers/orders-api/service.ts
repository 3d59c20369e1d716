import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export const ORDERS_DOCUMENT = fileURLToPath(new URL('openapi.yaml', import.meta.url));

/** A request as it arrived: nothing of it has been decoded but the body's form. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Order = Record<string, unknown>;

/** The least PNG there is: a signature and an empty end. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000049454e44ae426082', 'hex');

/** A small HTTP API that keeps orders and files; `openapi.yaml` beside it is its document. */
export class OrdersApi {
  readonly arrived: Arrived[] = [];
  readonly orders = new Map<string, Order>();
  readonly files = new Map<string, Buffer>();
  /** While set, every request is answered with it. */
  down: number | undefined;
  private waiting = new Set<ServerResponse>();

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<OrdersApi> {
    const server = createServer();
    // On a busy machine a request may be on its way just when a connection has been idle for too long.
    server.keepAliveTimeout = 600_000;
    const api = new OrdersApi(server);
    server.on('request', (request, response) => {
      api.handle(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return api;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/v1`;
  }

  get last(): Arrived {
    const last = this.arrived.at(-1);
    if (last === undefined) throw new Error('Nothing has arrived');
    return last;
  }

  /** Requests that wait for an answer that never comes. */
  get hanging(): number {
    return this.waiting.size;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    this.arrived.push({ method, url, headers, body: bytes.toString('utf8') });
    if (this.down !== undefined) return problem(response, this.down, 'The database is away');
    const { pathname } = new URL(url, 'http://localhost');
    const [, , collection = '', id = '', sub = ''] = pathname.split('/').map(decodeURIComponent);
    switch (collection) {
      case 'orders':
        return sub === 'attachments'
          ? this.attach(request, bytes, response)
          : this.order(method, id, bytes, response);
      case 'files':
        return this.file(method, id, bytes, response);
      case 'notes':
        response.writeHead(200, { 'content-type': 'text/plain' }).end(`noted: ${bytes.toString('utf8')}`);
        return;
      case 'faults':
        return this.fault(id, response);
      default:
        json(response, 200, { method, url, authorization: headers.authorization, cookie: headers.cookie });
    }
  }

  private order(method: string, id: string, bytes: Buffer, response: ServerResponse): void {
    if (id === '' && method === 'GET') return json(response, 200, [...this.orders.values()]);
    if (id === '') {
      const order = { ...(JSON.parse(bytes.toString('utf8')) as Order), id: `o-${this.orders.size + 1}` };
      this.orders.set(order.id, order);
      return json(response, 201, order);
    }
    const order = this.orders.get(id);
    if (order === undefined) return problem(response, 404, `There is no order ${id}`);
    if (method === 'DELETE') {
      this.orders.delete(id);
      response.writeHead(204).end();
      return;
    }
    if (method !== 'GET') {
      const change = JSON.parse(bytes.toString('utf8')) as Order;
      this.orders.set(id, method === 'PUT' ? { ...change, id } : { ...order, ...change });
    }
    json(response, 200, this.orders.get(id));
  }

  private async attach(request: IncomingMessage, bytes: Buffer, response: ServerResponse): Promise<void> {
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    }).formData();
    const fields = await Promise.all(
      [...form].map(async ([name, value]) =>
        typeof value === 'string'
          ? { name, value }
          : { name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()).toString('hex') },
      ),
    );
    json(response, 200, { fields });
  }

  private file(method: string, name: string, bytes: Buffer, response: ServerResponse): void {
    if (method === 'PUT') {
      this.files.set(name, bytes);
      response.writeHead(204).end();
      return;
    }
    const types: Record<string, string> = { png: 'image/png', pdf: 'application/pdf', csv: 'text/csv' };
    const type = types[name.split('.').at(-1) ?? ''];
    response.writeHead(200, type === undefined ? {} : { 'content-type': type });
    response.end(this.files.get(name) ?? (type === 'text/csv' ? 'a,b\n1,2\n' : PNG));
  }

  private fault(kind: string, response: ServerResponse): void {
    switch (kind) {
      case 'hang':
        this.waiting.add(response);
        response.once('close', () => this.waiting.delete(response));
        return;
      case 'huge':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ text: 'x'.repeat(10 * 1024 * 1024) }));
        return;
      case 'cut':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"half":', () => response.socket?.destroy());
        return;
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json' }).end('<html>not JSON</html>');
        return;
      case 'away':
        response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end();
        return;
      case 'slow-down':
        response.writeHead(429, { 'retry-after': '7', 'content-type': 'text/plain' }).end('Later, please');
        return;
      default:
        problem(response, Number(kind), 'It is broken on purpose');
    }
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function problem(response: ServerResponse, status: number, detail: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ title: 'No', status, detail }));
}
