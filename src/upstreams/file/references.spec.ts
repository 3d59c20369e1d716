import { inputVariable, resolveReferences, type Sources } from './references.js';

const NO_BARE =
  'is $ and a name, and no variable of that name is set: write ${NAME} for a variable, and ${NAME:-$text} for a text';

const SOURCES: Sources = {
  variable: (name) => ({ A: 'a', EMPTY: '', B_2: '$A' })[name],
  input: (id) => (id === 'api-key' ? 'key' : undefined),
  file: (path) => {
    const found = { '/run/key': ' key\n', '/run/empty': '\n', '/run/bytes': 'a\0b' }[path];
    if (found === undefined) throw new Error('ENOENT');
    return found;
  },
  places: { workspaceFolder: '/work', '/': '/' },
};

describe(resolveReferences, () => {
  it.each([
    ['nothing to do, $1 of {x}', 'nothing to do, $1 of {x}'],
    ['${A}', 'a'],
    ['${env:A}', 'a'],
    ['x${A}y${A}z', 'xayaz'],
    ['${A:-b}', 'a'],
    ['${NOT:-https://b.example}/x', 'https://b.example/x'],
    ['${EMPTY:-b}', 'b'],
    ['${NOT:-}', ''],
    ['${env:NOT:-b}', 'b'],
    ['${EMPTY}', ''],
    ['${input:api-key}', 'key'],
    ['${workspaceFolder}${/}.env', '/work/.env'],
    ['${file:/run/key}', 'key'],
    ['Bearer ${file:/run/key}!', 'Bearer key!'],
    ['${file:/run/none:-other}', 'other'],
    ['${file:/run/empty:-other}', 'other'],
    ['${file:/run/empty}', ''],
    ['$A', 'a'],
    ['$A and more', '$A and more'],
    ['pa$$word', 'pa$$word'],
    ['${B_2}', '$A'],
  ])('makes of %s: %s', (text, value) => {
    expect(resolveReferences(text, SOURCES)).toEqual({ value, problems: [] });
  });

  it.each([
    ['${NOT}', 'refers to the variable NOT, which is not set'],
    ['$NOT', NO_BARE],
    ['$ummer2024', NO_BARE],
    ['${input:my key}', 'refers to the input my key: the variable INPUT_MY_KEY is not set'],
    ['${file:/run/secret}', 'refers to the file /run/secret, which cannot be read: ENOENT'],
    ['${file:/run/bytes}', 'refers to the file /run/bytes, which cannot be read: it is no text'],
    ['${command:pick}', 'has ${command:...}, which is no reference: write ${NAME} or ${env:NAME}'],
    ['pa${ss!w}ord', 'has ${...}, which is no reference: write ${NAME} or ${env:NAME}'],
    ['${env:pa$s}', 'has ${env:...}, which is no reference: write ${NAME} or ${env:NAME}'],
    ['${A:-${B_2}}', 'has a reference within a reference'],
    ['${A', 'has a reference that does not end with }'],
    ['${constructor}', 'refers to the variable constructor, which is not set'],
  ])('says of %s that it %s', (text, problem) => {
    const sources = { ...SOURCES, variable: (name: string) => (name === 'A' ? 'a' : undefined) };
    expect(resolveReferences(text, sources).problems).toEqual([problem]);
  });
});

describe(inputVariable, () => {
  it.each([
    ['api-key', 'INPUT_API_KEY'],
    ['githubToken', 'INPUT_GITHUBTOKEN'],
    ['db.url 2', 'INPUT_DB_URL_2'],
  ])('is the variable of the input %s: %s', (id, name) => {
    expect(inputVariable(id)).toBe(name);
  });
});
