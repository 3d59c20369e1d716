import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { readProjectFile } from '../docs/markdown.js';
import { MonitoringProcess } from '../helpers/monitoring-process.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const ROUTING_KEY = '0123456789abcdef0123456789abcdef';

/** What PagerDuty's Events API v2 is sent, as far as it is looked at here. */
interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'resolve';
  readonly dedup_key: string;
  readonly payload: { readonly summary: string; readonly severity: string };
}

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Routing {
  global?: object;
  route: Record<string, unknown>;
  receivers: { pagerduty_configs?: { routing_key_file: string }[] }[];
}

describeWithParts('PagerDuty', ['prometheus-alertmanager', 'amtool'], () => {
  let directory: string;
  let pagerDuty: Server;
  let alertmanager: MonitoringProcess;
  let events: PagerDutyEvent[];
  const rules = (
    parse(readProjectFile('deploy/prometheus/rules/mcpo.rules.yml')) as { groups: { rules: Rule[] }[] }
  ).groups.flatMap((group) => group.rules);

  /** As shipped, but that PagerDuty is here, and nothing waits for what else may come. */
  function configuration(pagerDutyUrl: string): string {
    const shipped = parse(readProjectFile('deploy/prometheus/alertmanager.pagerduty.yml')) as Routing;
    shipped.global = { pagerduty_url: pagerDutyUrl };
    Object.assign(shipped.route, { group_wait: '0s', group_interval: '1s' });
    for (const { pagerduty_configs: configs = [] } of shipped.receivers) {
      for (const one of configs) one.routing_key_file = join(directory, 'routing-key');
    }
    return stringify(shipped);
  }

  /** As Prometheus does it, when a rule of ours has come true, or holds no more. */
  async function send(name: string, isOver = false): Promise<void> {
    const { labels, annotations } = rules.find(({ alert }) => alert === name) ?? {};
    const at = new Date().toISOString();
    const alert = {
      labels: { alertname: name, ...labels },
      annotations,
      ...(isOver && { endsAt: at }),
    };
    const { status } = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    expect(status).toBe(200);
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-pagerduty-'));
    writeFileSync(join(directory, 'routing-key'), `${ROUTING_KEY}\n`);
    events = [];
    pagerDuty = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        if (request.url === '/v2/enqueue') events.push(JSON.parse(body) as PagerDutyEvent);
        response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"success"}');
      });
    });
    await new Promise<void>((resolve) => pagerDuty.listen(0, '127.0.0.1', resolve));
    const { port } = pagerDuty.address() as AddressInfo;
    alertmanager = await MonitoringProcess.start(
      'prometheus-alertmanager',
      configuration(`http://127.0.0.1:${port}/v2/enqueue`),
    );
  });
  afterEach(async () => {
    await alertmanager.stop();
    pagerDuty.closeAllConnections();
    await new Promise((resolve) => pagerDuty.close(resolve));
    rmSync(directory, { recursive: true });
  });

  it('is sent each critical alert, with the routing key of the file, and hears when it is over', async () => {
    await send('McpoDown');
    await waitFor(() => events.length > 0);
    expect(events[0]).toMatchObject({
      routing_key: ROUTING_KEY,
      event_action: 'trigger',
      payload: { severity: 'critical', summary: 'No replica answers' },
    });

    await send('McpoDown', true);
    await waitFor(() => events.length > 1);
    expect(events[1]).toMatchObject({
      routing_key: ROUTING_KEY,
      event_action: 'resolve',
      dedup_key: events[0]?.dedup_key,
    });
  });

  it('is sent the alert with which the documentation tries it', async () => {
    const [line = ''] = /amtool .*\n.*nothing is wrong'/.exec(readProjectFile('docs/deployment.md')) ?? [];
    const here = line.replace('http://localhost:9093', alertmanager.url);
    await promisify(execFile)('bash', ['-c', here]);
    await waitFor(() => events.length > 0);
    expect(events[0]).toMatchObject({
      event_action: 'trigger',
      payload: { severity: 'critical', summary: 'A test: nothing is wrong' },
    });
  });

  it('is not sent a warning', async () => {
    const severities = Object.fromEntries(rules.map(({ alert, labels }) => [alert, labels.severity]));
    expect(severities).toMatchObject({ McpoReplicaDown: 'warning', McpoRestarts: 'critical' });
    await send('McpoReplicaDown');
    await send('McpoRestarts');
    await waitFor(() => events.length > 0);
    expect(await alertmanager.api('v2/alerts?filter=alertname=McpoReplicaDown')).toMatchObject([
      { receivers: [{ name: 'page-of-alertmanager' }], status: { state: 'active' } },
    ]);
    expect(events.map(({ payload }) => payload.severity)).toEqual(['critical']);
  });

  it('hears of the whole alone, and not of its parts', async () => {
    await send('McpoDown');
    await waitFor(() => events.length === 1);
    await send('McpoRestarts');
    const suppressed = async (): Promise<unknown[]> =>
      (await alertmanager.api('v2/alerts?inhibited=true&active=false')) as unknown[];
    await waitFor(async () => (await suppressed()).length === 1);
    expect(events.map(({ payload }) => payload.summary)).toEqual(['No replica answers']);
  });
});
