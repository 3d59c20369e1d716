import { missingCapabilities } from '../../core/client.port.js';
import { declaredCapabilities } from './declared-capabilities.js';

const UI = 'io.modelcontextprotocol/ui';

describe(declaredCapabilities.name, () => {
  it.each([
    [{}, {}],
    [{ elicitation: {} }, { elicitation: {} }],
    [{ elicitation: { form: {}, url: { x: 1 } } }, { elicitation: { form: {}, url: {} } }],
    [{ elicitation: { other: {} } }, { elicitation: {} }],
    [{ sampling: { tools: {}, context: {} } }, { sampling: { context: {}, tools: {} } }],
    [{ roots: { listChanged: true } }, { roots: {} }],
    [{ elicitation: true, sampling: null, roots: 'yes' }, {}],
    [{ extensions: { other: {}, [UI]: { a: 1 } } }, { extensions: { [UI]: {} } }],
    [
      { extensions: { [UI]: { mimeTypes: ['a/b', 1, 'x'.repeat(129), ...Array<string>(9).fill('c/d')] } } },
      { extensions: { [UI]: { mimeTypes: ['a/b', ...Array<string>(7).fill('c/d')] } } },
    ],
    [{ experimental: { much: 'x'.repeat(1000) }, extensions: {} }, {}],
  ])('of %j keeps %j', (sent, kept) => {
    expect(declaredCapabilities(sent)).toEqual(kept);
  });

  it('decides nothing otherwise than what was sent', () => {
    const wanted = {
      form: { method: 'elicitation/create', params: {} },
      url: { method: 'elicitation/create', params: { mode: 'url' } },
      plain: { method: 'sampling/createMessage', params: {} },
      tools: { method: 'sampling/createMessage', params: { tools: [] } },
      roots: { method: 'roots/list', params: {} },
    } as const;
    for (const elicitation of [undefined, {}, { form: {} }, { url: {} }, { form: {}, url: {} }, { x: 1 }]) {
      for (const sampling of [undefined, {}, { tools: {} }, { context: {} }]) {
        for (const roots of [undefined, {}, { listChanged: true }]) {
          const sent = {
            ...(elicitation && { elicitation }),
            ...(sampling && { sampling }),
            ...(roots && { roots }),
          };
          expect(missingCapabilities(declaredCapabilities(sent), wanted)).toEqual(
            missingCapabilities(sent, wanted),
          );
        }
      }
    }
  });
});
