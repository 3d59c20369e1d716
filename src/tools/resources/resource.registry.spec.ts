import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import type { Authorization } from '../../access/authorization.service.js';
import type { Visibility } from '../visibility.service.js';
import { ResourceRegistry, type ResourceSource } from './resource.registry.js';

describe(ResourceRegistry.name, () => {
  let asked: string[];
  let sut: ResourceRegistry;

  beforeEach(() => {
    asked = [];
    const authorization = {
      mayCallTool: (_principal: unknown, tool: string) => {
        asked.push(tool);
        return tool !== 'hidden_resources';
      },
    } as unknown as Authorization;
    sut = new ResourceRegistry({ announce: () => undefined } as never, authorization, {} as Visibility);
  });

  const source = (name: string, count: number): ResourceSource => ({
    scheme: `${name}+`,
    tool: `${name}_resources`,
    resources: Array.from({ length: count }, (_none, at) => ({ uri: `${name}+x:${count - at}`, name: 'r' })),
    templates: [{ uriTemplate: `${name}+x:{id}`, name: 't' }],
    read: () => Promise.resolve(''),
  });
  const uris = (): string[] => sut.visibleTo(PRINCIPAL).map(({ options: { uri } }) => uri);

  it('orders what several sources have, and asks once about each of them', () => {
    sut.mount(source('b', 3));
    sut.mount(source('hidden', 1000));
    sut.mount(source('a', 2));
    expect(uris()).toEqual(['a+x:1', 'a+x:2', 'b+x:1', 'b+x:2', 'b+x:3']);
    expect(asked.sort()).toEqual(['a_resources', 'b_resources', 'hidden_resources']);
    expect(sut.templatesVisibleTo(PRINCIPAL).map(({ options }) => options.uriTemplate)).toEqual([
      'a+x:{id}',
      'b+x:{id}',
    ]);
  });

  it('makes the list anew after a change, and not for each who asks', () => {
    sut.mount(source('a', 2));
    const [first] = sut.visibleTo(PRINCIPAL);
    expect(sut.visibleTo(PRINCIPAL)[0]).toBe(first);
    sut.mount(source('a', 1));
    expect(uris()).toEqual(['a+x:1']);
    sut.unmount('a+');
    expect(uris()).toEqual([]);
  });
});
