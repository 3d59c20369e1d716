import { parse } from 'yaml';
import { readProjectFile } from '../docs/markdown.js';
import { Manifests } from '../helpers/manifests.js';
import { type Ending, endingOfPods, expectEnoughTime } from '../helpers/shutdown-times.js';

function endingOfContainer(service: string): Ending {
  const file = parse(readProjectFile('docker-compose.mcpo.yml'), { merge: true }) as {
    services: Record<
      string,
      { stop_grace_period: string; environment: Record<string, string | number | null> }
    >;
  };
  const { stop_grace_period: grace = '10s', environment = {} } = file.services[service] ?? {};
  // Those without a value come from the shell, and those with $ from other variables.
  const settings = Object.entries(environment).flatMap(([name, value]) =>
    value === null || String(value).includes('$') ? [] : [[name, String(value)]],
  );
  return {
    settings: Object.fromEntries(settings) as Record<string, string>,
    graceMs: Number(/^(\d+)s$/.exec(grace)?.[1]) * 1000,
    preStopMs: 0,
  };
}

function endingOfUnit(): Ending {
  const unit = readProjectFile('deploy/systemd/mcpo-mcp-server.service');
  const settings = [...unit.matchAll(/^Environment=((?:SHUTDOWN|TOOL|CHAT)_\w+)=(.*)$/gm)];
  return {
    settings: Object.fromEntries(settings.map(([, name = '', value = '']) => [name, value])),
    graceMs: Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000,
    preStopMs: 0,
  };
}

describe('The time to end, longer than the drain, which is longer than the longest call', () => {
  it.each(['mcpo-1', 'mcpo-2', 'mcpo-3', 'mcpo-host'])('with Compose: %s', (service) =>
    expectEnoughTime(endingOfContainer(service)),
  );

  it('with systemd', () => expectEnoughTime(endingOfUnit()));

  it('with Kubernetes', () =>
    expectEnoughTime(endingOfPods(new Manifests(readProjectFile('k8s-mcpo-deployment.yml')))));
});
