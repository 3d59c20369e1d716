/**
 * Reads a stream of server-sent events (the HTML standard, "Server-sent events"), as far as our servers write them.
 *
 * @param {AsyncIterable<string>} chunks
 * @param {number} maxLength characters of one event
 * @returns {AsyncGenerator<{ event: string, data: string }>}
 */
export async function* events(chunks, maxLength) {
  let rest = '';
  let searched = 0;
  for await (const chunk of chunks) {
    rest += chunk;
    let end = rest.indexOf('\n\n', searched);
    while (end !== -1) {
      const event = parse(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event !== undefined) yield event;
      end = rest.indexOf('\n\n');
    }
    if (rest.length > maxLength) throw new Error('The answer is larger than this page takes');
    searched = Math.max(0, rest.length - 1);
  }
}

/** @param {string} block */
function parse(block) {
  let event = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    else if (line.startsWith('data: ')) data.push(line.slice('data: '.length));
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}
