import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import type { ToolDefinition } from './tool-definition.js';
import { ToolRegistry } from './tool.registry.js';

const tool = (name: string, members: Partial<ToolDefinition> = {}): ToolDefinition => ({
  name,
  description: 'A tool.',
  inputSchema: { type: 'object', properties: { a: { type: 'number' } } },
  duration: 'quick',
  task: 'forbidden',
  handler: () => Promise.resolve({ content: [] }),
  ...members,
});

describe(ToolRegistry.name, () => {
  let context: ApplicationContext;
  let sut: ToolRegistry;

  beforeEach(async () => {
    context = await createContext();
    sut = context.get(ToolRegistry);
    for (const { definition } of sut.all()) sut.unregister(definition.name);
  });
  afterEach(() => context.close());

  const names = (): string[] => sut.all().map(({ definition }) => definition.name);

  it('lists tools by name, in whatever order they come', () => {
    for (const name of ['b', 'a', 'B', 'c-2', 'c.1', 'c_3', 'a1']) sut.register(tool(name));
    expect(names()).toEqual(['B', 'a', 'a1', 'b', 'c-2', 'c.1', 'c_3']);
  });

  it('answers the same list until something changes', () => {
    sut.register(tool('a'));
    const before = sut.all();
    expect(sut.all()).toBe(before);
    sut.register(tool('b'));
    expect(sut.all()).not.toBe(before);
    expect(before).toHaveLength(1);
  });

  it('has a version that grows with every change, and with nothing else', () => {
    const versions = [sut.version];
    sut.register(tool('a'));
    versions.push(sut.version);
    sut.unregister('a');
    versions.push(sut.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));

    const last = sut.version;
    sut.unregister('a');
    expect(() => sut.register(tool('not valid'))).toThrow(/not valid/);
    sut.all();
    sut.get('a');
    expect(sut.version).toBe(last);
  });

  it('ends a description with a remark, and takes it back', () => {
    sut.register(tool('a'));
    const versions = [sut.version];
    for (const remark of ['It rains.', 'It snows.', 'It snows.', undefined, undefined]) {
      sut.remark('a', remark);
      const { definition, listed } = sut.get('a')!;
      expect(definition.description).toBe(remark === undefined ? 'A tool.' : `A tool. ${remark}`);
      expect(listed.description).toBe(definition.description);
      versions.push(sut.version);
    }
    const [first = 0] = versions;
    expect(versions.map((version) => version - first)).toEqual([0, 1, 2, 2, 3, 3]);
    sut.remark('nowhere', 'It rains.');
    expect(sut.get('nowhere')).toBeUndefined();
  });

  it.each(['a', 'A.b-c_9', '1', '-', '.', 'x'.repeat(128)])('takes the name %s', (name) => {
    sut.register(tool(name));
    expect(sut.get(name)?.definition.name).toBe(name);
  });

  it.each(['', ' ', 'a b', 'a/b', 'a:b', 'é', 'a\n', '\u0000', 'x'.repeat(129)])(
    'refuses the name %p',
    (name) => {
      expect(() => sut.register(tool(name))).toThrow(/name/i);
      expect(sut.all()).toEqual([]);
    },
  );

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'knows no %s until it is registered',
    (name) => {
      expect(sut.get(name)).toBeUndefined();
      sut.register(tool(name));
      expect(sut.get(name)?.definition.name).toBe(name);
      expect(names()).toEqual([name]);
    },
  );

  it('refuses a name that is taken, and keeps the tool that has it', () => {
    sut.register(tool('a', { description: 'The first.' }));
    expect(() => sut.register(tool('a', { description: 'The second.' }))).toThrow(/a is registered already/);
    expect(sut.get('a')?.definition.description).toBe('The first.');
  });

  it('refuses a schema that does not compile, and registers nothing', () => {
    const broken = { type: 'object', properties: { a: { type: 'nonsense' } } } as const;
    expect(() => sut.register(tool('a', { inputSchema: broken }))).toThrow(/schema is invalid/);
    expect(() => sut.register(tool('a', { outputSchema: broken }))).toThrow(/schema is invalid/);
    expect(sut.all()).toEqual([]);
  });

  it('forgets a tool, and takes one of the same name again', () => {
    const inputSchema = { $id: 'https://example.com/in', type: 'object' } as const;
    sut.register(tool('a', { inputSchema }));
    sut.unregister('a');
    expect([sut.get('a'), names()]).toEqual([undefined, []]);
    sut.register(tool('a', { inputSchema: { ...inputSchema } }));
    expect(names()).toEqual(['a']);
  });

  it('checks arguments and output with the schemas of the tool', () => {
    sut.register(tool('a', { outputSchema: { type: 'object', required: ['b'], properties: {} } }));
    const { checkInput, checkOutput } = sut.get('a')!;
    expect([checkInput({ a: 1 }), checkInput({ a: 'x' })]).toEqual([[], ['a must be number']]);
    expect(checkOutput?.({ b: 1 })).toEqual([]);
    expect(checkOutput?.({})).not.toEqual([]);
    sut.register(tool('b'));
    expect(sut.get('b')?.checkOutput).toBeUndefined();
  });

  it('lists what clients need to know, and nothing of the inside', () => {
    sut.register(tool('bare'));
    sut.register(
      tool('full', {
        title: 'Full',
        annotations: { readOnlyHint: true },
        outputSchema: { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] },
      }),
    );
    const [bare, full] = sut.all().map(({ listed }) => JSON.parse(JSON.stringify(listed)) as object);
    expect(bare).toEqual({ name: 'bare', description: 'A tool.', inputSchema: tool('bare').inputSchema });
    expect(full).toEqual({
      name: 'full',
      title: 'Full',
      description: 'A tool.',
      inputSchema: tool('full').inputSchema,
      outputSchema: expect.objectContaining({
        type: 'object',
        properties: expect.objectContaining({ b: { type: 'string' } }) as object,
      }) as object,
      annotations: { readOnlyHint: true },
    });
  });
});
