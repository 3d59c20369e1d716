import { ConfigurationError } from '../../config/configuration.loader.js';
import { MAX_LENGTH, MAX_PROBLEMS, MAX_RULES, parsePolicyFile } from './policy-file.js';
import { MAX_ENTRIES } from './policy-rule.js';

const namesIn = (text: string): string[] => parsePolicyFile(text, 'policy.yaml').map(({ name }) => name);

function problemsIn(text: string): readonly string[] {
  try {
    parsePolicyFile(text, 'policy.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map((problem) => problem.replace('policy.yaml: ', ''));
    throw error;
  }
  return [];
}

const withRule = (members: string): string => `rules:\n  - name: a\n    action: allow\n${members}`;

describe(parsePolicyFile.name, () => {
  it('reads YAML and JSON, in the order of the rules', () => {
    expect(namesIn('# none yet\nrules: []\n')).toEqual([]);
    expect(namesIn('rules:\n- {name: b, action: deny}\n- {name: a, action: allow}\n')).toEqual(['b', 'a']);
    expect(namesIn('{"rules": [\n\t{"name": "a", "action": "deny", "ports": [22, "80-90"]}]}')).toEqual([
      'a',
    ]);
  });

  it('takes every member', () => {
    const text = `
rules:
  - name: all
    action: allow
    addresses: [10.0.0.0/8, 2001:db8::/32, 192.0.2.1]
    names: [db.example.com, '*.example.com', _srv.example]
    ports: [0, 443, 8000-8100, '53']
    tools: [network_*]
    keys: [ops, 'key:0123abcd', local]
    scopes: [admin, 'tools:call:network_*', network:host]
    lifts: [metadata, this-host]
    description: Why it is there.
`;
    expect(namesIn(text)).toEqual(['all']);
  });

  // By the reader's own look for names that are there twice this takes a quarter of a minute.
  it('reads an object with very many members', () => {
    const members = Array.from({ length: 20_000 }, (_none, at) => `k${at}: 1`).join(', ');
    expect(problemsIn(`rules: [{${members}}]`)).toContain('line 1: rules[0].name is missing');
  });

  it.each([
    ['', 'it has no list "rules": compare it with docs/policy.md, "The file"'],
    ['[]', 'it has no list "rules"'],
    ['rules: {}', 'line 1: it has no list "rules"'],
    ['\nother: 1\nrules: []', 'line 2: "other" is no member of the file: take it out'],
    ['rules:\n  - action: deny', 'line 2: rules[0].name is missing'],
    ['rules:\n  - name: a', 'line 2: rules[0].action is missing'],
    ['rules:\n  - name: a\n    action: maybe', 'line 3: rules[0].action cannot be used: write allow or deny'],
    ['rules:\n  - nonsense', 'line 2: rules[0] cannot be used: '],
    [withRule('    port: 22'), 'line 2: rules[0] has a member that is not known, "port" : take it out'],
    [
      withRule('    ports: []'),
      'line 4: rules[0].ports cannot be used: an empty list matches nothing: take it out',
    ],
    [withRule('    ports: [1, 70000]'), 'line 4: rules[0].ports[1] cannot be used: write a port'],
    [withRule('    ports: [90-80]'), 'line 4: rules[0].ports[0] cannot be used: write a port'],
    [withRule('    ports: 443'), 'line 4: rules[0].ports cannot be used: '],
    [
      withRule('    addresses:\n      - 10.0.0.0/8\n      - 10.0.0/8'),
      'line 6: rules[0].addresses[1] cannot be used',
    ],
    [
      withRule('    addresses: [010.0.0.1]'),
      'line 4: rules[0].addresses[0] cannot be used: write an address',
    ],
    [
      withRule('    addresses: ["::ffff:10.0.0.0/104"]'),
      'line 4: rules[0].addresses[0] cannot be used: it is IPv4-mapped',
    ],
    [withRule('    names: ["*"]'), 'line 4: rules[0].names[0] cannot be used: write a host name'],
    [withRule('    tools: ["net?"]'), 'line 4: rules[0].tools[0] cannot be used: write a tool name'],
    [withRule('    scopes: [root]'), 'line 4: rules[0].scopes[0] cannot be used: write tools:call'],
    [withRule('    lifts: [everything]'), 'line 4: rules[0].lifts[0] cannot be used: write metadata, '],
    [
      'rules:\n  - name: a\n    action: deny\n    lifts: [metadata]',
      'line 4: rules[0].lifts says nothing in a rule that denies',
    ],
    [
      'rules:\n  - {name: a, action: deny}\n  - {name: a, action: deny}',
      'line 3: rules[1].name is "a", as is that of rules[0]',
    ],
    [
      'rules:\n  - {name: strict, action: deny}',
      'line 2: rules[0].name cannot be used: it is the name of a built-in decision',
    ],
    [
      'rules:\n  - {name: metadata, action: deny}',
      'line 2: rules[0].name cannot be used: it is the name of a built-in decision',
    ],
    ['rules: [', 'line 1: it is not YAML: '],
    ['rules: []\nrules: []', 'line 2: "rules" is there twice: take one of them out'],
    ['rules: [{name: a, action: deny, "name": b}]', 'line 1: "name" is there twice: take one of them out'],
    ['a: &x [1]\nrules: *x', 'line 2: it has an alias (*)'],
    ['rules: !!js/function "x"', 'line 1: it is not YAML: '],
    ['a\n---\nb', 'line 2: it is not YAML: '],
  ])('says of %j: %s', (text, problem) => {
    const problems = problemsIn(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('lists several problems, up to a number', () => {
    const text = `rules:\n${'  - {}\n'.repeat(30)}`;
    const problems = problemsIn(text);
    expect(problems).toHaveLength(MAX_PROBLEMS + 1);
    expect(problems.at(-1)).toBe(`and ${60 - MAX_PROBLEMS} more of the kind`);
  });

  it('is bounded in characters, rules, entries and levels', () => {
    const rules = (count: number): string =>
      `rules:\n${Array.from({ length: count }, (_, index) => `- {name: r${index}, action: deny}`).join('\n')}`;
    expect(namesIn(rules(MAX_RULES))).toHaveLength(MAX_RULES);
    expect(problemsIn(rules(MAX_RULES + 1))).toEqual([`line 2: it has more than ${MAX_RULES} rules`]);
    expect(problemsIn(`rules: []\n${'#'.repeat(MAX_LENGTH)}`)).toEqual([
      `it has more than ${MAX_LENGTH} characters`,
    ]);
    const ports = Array.from({ length: MAX_ENTRIES + 1 }, (_, port) => port).join();
    expect(problemsIn(withRule(`    ports: [${ports}]`))).toHaveLength(1);
    const deep = MAX_LENGTH / 4;
    for (const text of [
      '['.repeat(deep),
      `{a: ${'['.repeat(deep)}`,
      `\n ${'- '.repeat(deep)}x`,
      `\n ${'? '.repeat(deep)}x`,
    ])
      expect(problemsIn(`rules: ${text}`)).toEqual(['it is nested too deeply']);
  });
});
