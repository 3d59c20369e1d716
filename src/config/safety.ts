import { isLoopbackAddress } from './values/ip-network.js';
import { DEFAULT_API_KEY, type Environment } from './environment.js';
import { isOAuthOn, unsafeOAuth } from './oauth.configuration.js';

/** Keys that are printed in the deployment guide and therefore known to everybody. */
const SAMPLE_KEYS: ReadonlySet<string> = new Set([
  'your-api-key',
  'your-api-key-1',
  'your-api-key-2',
  'prod-key-1',
  'prod-key-2',
]);

const REFUSED_LENGTH = 8;
const ADVISED_LENGTH = 32;
const MINT = 'mint one with "openssl rand -hex 32"';

const isProduction = (env: Environment): boolean => env.NODE_ENV === 'production';

/** What production refuses to start with. No message repeats a key. */
export function productionProblems(env: Environment): string[] {
  // A malformed list has been reported already.
  if (!isProduction(env) || !Array.isArray(env.MCP_API_KEYS) || !Array.isArray(env.OAUTH_ISSUER)) return [];
  const problems = unsafeOAuth(env);
  const keys = env.MCP_API_KEYS;
  const hasOtherWay = env.MCP_API_KEYS_FILE !== '' || isOAuthOn(env);
  if (keys.length === 0 && !hasOtherWay) {
    problems.push(`MCP_API_KEYS has no key, and NODE_ENV=production needs one: ${MINT}`);
  }
  if (keys.length === 0 && hasOtherWay && env.MCP_STATE_SECRET === '') {
    problems.push(
      'MCP_STATE_SECRET is not set, and without keys in MCP_API_KEYS replicas have nothing else in common to seal cursors and request states with: set it to the output of "openssl rand -hex 32", the same in all replicas',
    );
  }
  if (keys.includes(DEFAULT_API_KEY)) {
    problems.push(
      `MCP_API_KEYS is not set or has the default development key, which everybody knows: ${MINT} and set MCP_API_KEYS`,
    );
  }
  keys.forEach((key, index) => {
    if (key.length < REFUSED_LENGTH) {
      problems.push(
        `MCP_API_KEYS has a key of ${key.length} characters (number ${index + 1}), and production needs at least ${REFUSED_LENGTH}: ${MINT}`,
      );
    }
  });
  return problems;
}

/** What is allowed and unwise. */
export function warningsFor(env: Environment): string[] {
  const warnings: string[] = [];
  if (isProduction(env)) {
    env.MCP_API_KEYS.forEach((key, index) => {
      if (SAMPLE_KEYS.has(key)) {
        warnings.push(`MCP_API_KEYS: key ${index + 1} is a sample from the documentation: ${MINT}`);
      } else if (key.length < ADVISED_LENGTH) {
        warnings.push(`MCP_API_KEYS: key ${index + 1} has under ${ADVISED_LENGTH} characters: ${MINT}`);
      }
    });
    if (env.RATE_LIMIT_MAX_REQUESTS === 0) {
      warnings.push('RATE_LIMIT_MAX_REQUESTS is 0: nothing limits how much one address may ask');
    }
  } else if (env.MCP_API_KEYS.includes(DEFAULT_API_KEY) && !isLoopbackAddress(env.BIND_IP)) {
    warnings.push(
      `The default development key is in use while listening on ${env.BIND_IP}: anybody who reaches this port may call tools. Set MCP_API_KEYS, or BIND_IP=127.0.0.1`,
    );
  }
  return warnings;
}

/** The warning where nobody has chosen where probes may go: an upgrade closes nothing by itself. */
export const unchosenPolicy = (env: Environment): string[] =>
  isProduction(env)
    ? [
        'PROBE_POLICY is not set: the network tools may contact whatever this machine can reach, all private networks included. Set PROBE_POLICY=strict with rules in PROBE_POLICY_FILE (docs/policy.md), or PROBE_POLICY=open',
      ]
    : [];
