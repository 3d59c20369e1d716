import type { Client, SubscriptionFilter } from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';
import type { UpstreamEvents } from '../upstream.port.js';

/**
 * Opens the stream on which a server of revision 2026-07-28 tells of changes (`subscriptions/listen`). A stream that
 * ends without our doing is the sign that the server went away. Earlier revisions tell without being asked.
 */
export async function listenForChanges(
  client: Client,
  events: UpstreamEvents,
  signal: AbortSignal,
): Promise<void> {
  if (client.getProtocolEra() !== 'modern') return;
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  const filter: SubscriptionFilter = {
    ...(tools?.listChanged === true && { toolsListChanged: true }),
    ...(prompts?.listChanged === true && { promptsListChanged: true }),
    ...(resources?.listChanged === true && { resourcesListChanged: true }),
  };
  if (Object.keys(filter).length === 0) return;
  const stop = new AbortController();
  const giveUp = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const subscription = await client.listen(filter, { signal: stop.signal });
    void subscription.closed.then((how) => {
      if (how !== 'local') events.closed(new UpstreamError('unreachable', 'The stream of changes has ended'));
    });
  } finally {
    // The signal is that of connecting alone.
    signal.removeEventListener('abort', giveUp);
  }
}
