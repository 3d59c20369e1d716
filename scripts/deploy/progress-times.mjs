/** When each event of a call that reports its progress has come, in milliseconds after the call. */
export async function progressTimes(url, key) {
  const startedAt = performance.now();
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      // An address of the documentation; where nobody answers, each silent hop takes its time.
      params: {
        name: 'network_traceroute',
        arguments: { target: '203.0.113.1' },
        _meta: { progressToken: 1 },
      },
    }),
  });
  const times = [];
  for await (const chunk of response.body) {
    const events = Buffer.from(chunk)
      .toString('utf8')
      .split('\n\n')
      .filter((event) => event.includes('data:'));
    for (const _ of events) times.push(performance.now() - startedAt);
  }
  return times;
}
