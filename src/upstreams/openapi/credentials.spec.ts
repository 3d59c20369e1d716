import {
  ConnectorHarness,
  failureOf,
  ORDERS_AUTH,
} from '../../../test/helpers/orders-api/connector-harness.js';

describe('Credentials of an HTTP API', () => {
  let sut: ConnectorHarness;

  beforeAll(async () => {
    sut = await ConnectorHarness.start();
  });
  beforeEach(() => sut.connect());
  afterAll(() => sut.close());

  it('go where the security scheme wants them', async () => {
    await sut.call('listOrders');
    expect(sut.api.last.headers['x-api-key']).toBe(ORDERS_AUTH.apiKey.apiKey);
    await sut.call('addNote', { body: 'a' });
    expect(sut.api.last.headers.authorization).toBe('Bearer token');
  });

  it('are left out where the document asks for none', async () => {
    await sut.call('logIn', { body: { user: 'a' } });
    expect([sut.api.last.headers['x-api-key'], sut.api.last.headers.authorization]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('may be several at once, in query, cookie and header', async () => {
    await sut.connect({
      auth: { queryKey: { apiKey: 'a&b' }, cookieKey: { apiKey: 'c;d' }, basic: ORDERS_AUTH.basic },
    });
    await sut.call('whoAmI');
    expect(sut.api.last.url).toBe('/v1/whoami?key=a%26b');
    expect(sut.api.last.headers.cookie).toBe('sid=c%3Bd');
    expect(sut.api.last.headers.authorization).toBe(`Basic ${Buffer.from('ü:p:w').toString('base64')}`);
  });

  it('use the first alternative that can be met', async () => {
    await sut.connect({ auth: { apiKey: ORDERS_AUTH.apiKey, basic: ORDERS_AUTH.basic } });
    await sut.call('addNote', { body: 'a' });
    expect(sut.api.last.headers['x-api-key']).toBe(ORDERS_AUTH.apiKey.apiKey);
    expect(sut.api.last.headers.authorization).toMatch(/^Basic /);
  });

  it('win over what the caller says, and the headers of the entry and of the caller over them', async () => {
    await sut.connect(
      { headers: { 'X-Request-Source': 'entry', 'X-A': '1' } },
      { 'x-api-key': 'of the caller' },
    );
    await sut.call('listOrders', { 'X-Request-Source': 'argument' });
    expect(sut.api.last.headers).toMatchObject({
      'x-request-source': 'entry',
      'x-a': '1',
      'x-api-key': 'of the caller',
    });
  });

  it.each([
    [{ nobody: { apiKey: 'a' } }, /nobody, and the document has: apiKey, queryKey, cookieKey, bearer, basic/],
    [{ apiKey: { bearer: 'a' } }, /apiKey takes an apiKey/],
    [{ bearer: { apiKey: 'a' } }, /bearer takes a bearer token/],
    [{ basic: { bearer: 'a' } }, /basic takes a username and a password/],
  ])('%j do not fit the document', async (auth, message) => {
    expect((await failureOf(sut.connect({ auth }))).message).toMatch(message);
  });
});
