import { timeForTurns } from '../../src/chat/turns-in-flight.service.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import type { Manifests } from './manifests.js';
import { SERVER } from './manifests.js';

const SECRET = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

/** What a deployment does to a server that it ends. */
export interface Ending {
  /** The variables of the server. */
  readonly settings: Readonly<Record<string, string>>;
  /** From the first word to the kill. */
  readonly graceMs: number;
  /** What goes by before SIGTERM. */
  readonly preStopMs: number;
}

/** How Kubernetes ends the pods of these manifests. */
export function endingOfPods(manifests: Manifests): Ending {
  const { terminationGracePeriodSeconds: grace = 30 } = manifests.pod(SERVER).spec;
  const [program, seconds] = manifests.container(SERVER).lifecycle?.preStop.exec.command ?? [];
  return {
    settings: manifests.environment(SERVER),
    graceMs: grace * 1000,
    preStopMs: program === 'sleep' ? Number(seconds) * 1000 : NaN,
  };
}

/** Fails unless the longest call finishes while the server drains, and the drain before the server is killed. */
export function expectEnoughTime({ settings, graceMs, preStopMs }: Ending): void {
  const { shutdown, tools, chat } = loadConfiguration({
    ...settings,
    MCP_API_KEYS: SECRET,
    MCP_STATE_SECRET: SECRET,
    AUDIT_KEY: SECRET,
  });
  expect(shutdown.timeoutMs).toBeGreaterThan(tools.timeoutMs);
  expect(timeForTurns(shutdown.timeoutMs)).toBeGreaterThanOrEqual(chat.timeoutMs);
  expect(graceMs).toBeGreaterThan(preStopMs + shutdown.delayMs + shutdown.timeoutMs);
}
