import {
  type InputRequest,
  type JsonObject,
  missingCapabilities,
  NO_CLIENT,
  requireCapabilities,
} from './client.port.js';
import { AppError } from './errors.js';

const form: InputRequest = { method: 'elicitation/create', params: { message: 'Name?' } };
const url: InputRequest = {
  method: 'elicitation/create',
  params: { mode: 'url', url: 'https://example.com' },
};
const sample: InputRequest = { method: 'sampling/createMessage', params: {} };
const tools: InputRequest = { method: 'sampling/createMessage', params: { tools: [] } };
const roots: InputRequest = { method: 'roots/list', params: {} };

// 2026-07-28, client/elicitation and client/sampling, "Capabilities".
describe(missingCapabilities.name, () => {
  it.each<[string, InputRequest, JsonObject]>([
    ['a form, of a client that declares forms', form, { elicitation: { form: {} } }],
    ['a form, of a client that declares no part', form, { elicitation: {} }],
    ['a form, of a client with other settings', form, { elicitation: { later: {} } }],
    ['a URL, of a client that declares URLs', url, { elicitation: { form: {}, url: {} } }],
    ['sampling', sample, { sampling: {} }],
    ['sampling with tools', tools, { sampling: { tools: {} } }],
    ['roots', roots, { roots: { listChanged: true } }],
  ])('lets a server ask for %s', (_what, request, capabilities) => {
    expect(missingCapabilities(capabilities, { asked: request })).toEqual({});
  });

  it.each<[string, InputRequest, JsonObject, JsonObject]>([
    ['a form, of a client that declares nothing', form, {}, { elicitation: { form: {} } }],
    [
      'a form, of a client that declares URLs alone',
      form,
      { elicitation: { url: {} } },
      { elicitation: { form: {} } },
    ],
    ['a URL, of a client that declares no part', url, { elicitation: {} }, { elicitation: { url: {} } }],
    [
      'a URL, of a client that declares forms',
      url,
      { elicitation: { form: {} } },
      { elicitation: { url: {} } },
    ],
    [
      'sampling with tools, of one that samples without',
      tools,
      { sampling: {} },
      { sampling: { tools: {} } },
    ],
    ['sampling, of one that declares null', sample, { sampling: null }, { sampling: {} }],
    ['sampling, of one that declares text', sample, { sampling: 'yes' }, { sampling: {} }],
    ['roots', roots, { elicitation: {} }, { roots: {} }],
  ])('names what is missing for %s', (_what, request, capabilities, missing) => {
    expect(missingCapabilities(capabilities, { asked: request })).toEqual(missing);
  });

  it('names everything at once', () => {
    expect(missingCapabilities({ roots: {} }, { a: form, b: url, c: sample, d: roots })).toEqual({
      elicitation: { form: {}, url: {} },
      sampling: {},
    });
  });
});

describe(requireCapabilities.name, () => {
  it('refuses with the capabilities as the client would declare them', () => {
    const refuse = (): void => requireCapabilities({}, { a: url });
    expect(refuse).toThrow(AppError);
    expect(refuse).toThrow(
      expect.objectContaining({
        code: 'missing_client_capability',
        data: { requiredCapabilities: { elicitation: { url: {} } } },
      }) as Error,
    );
  });

  it('is content when nothing is asked', async () => {
    expect(await NO_CLIENT.ask({})).toEqual({});
  });
});
