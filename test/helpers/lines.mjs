/**
 * The lines of a stream of text. A newline alone ends one, as JSON lines and MCP over stdio have it: node:readline ends
 * them at U+2028 and U+2029 as well, which may stand in a string of JSON.
 */
export async function* linesOf(stream) {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const text of stream.iterator({ destroyOnReturn: false })) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    yield* lines;
  }
  if (rest !== '') yield rest;
}
