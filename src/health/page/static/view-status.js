import { sparkline } from './chart.js';
import { capital, clock, cut, duration, milliseconds, number, plural, size } from './format.js';
import { KEPT } from './history.js';
import { facesOff, failuresIn, isDetailed, latenciesIn, list, section, text, warningsIn } from './reading.js';
import { flat, h } from './tree.js';
import { copyButton, more, pill } from './view-parts.js';

/**
 * @typedef {import('./reading.js').Report} Report
 * @typedef {{
 *   history: import('./history.js').History,
 *   allowance: import('./session.js').Allowance | undefined,
 *   endpoint: string,
 * }} Seen
 */

/** What is well, what is a matter of time, and what somebody has to see to. */
const MOODS = /** @type {Readonly<Record<string, 'good' | 'busy' | 'bad' | 'off'>>} */ ({
  serving: 'good',
  up: 'good',
  closed: 'good',
  starting: 'busy',
  connecting: 'busy',
  'half-open': 'busy',
  draining: 'busy',
  waiting: 'bad',
  open: 'bad',
  away: 'bad',
  failing: 'bad',
  set_aside: 'bad',
});

/** @param {unknown} state */
const statePill = (state) =>
  pill(MOODS[text(state)] ?? 'off', capital(text(state).replace('_', ' ')) || 'Unknown');

/** @param {Report} report */
export function glance(report) {
  const upstreams = section(report['upstreams']);
  const breakers = section(report['circuitBreakers']);
  const tools = section(report['tools']);
  const storage = section(report['storage']);
  const isReady = report['ready'] ?? report['state'] === 'serving';
  return h(
    'dl',
    { class: 'tiles' },
    tile('State', statePill(report['state'])),
    tile('Traffic', isReady === true ? pill('good', 'Ready') : pill('bad', 'Not ready')),
    tile('Running for', duration(Number(report['uptimeSeconds']))),
    tile('Tools', number(tools['total'])),
    tile('Calls in flight', number(tools['callsInFlight'])),
    'total' in upstreams &&
      tile(
        'Upstreams',
        `${number(upstreams['up'])} of ${number(upstreams['total'])}`,
        'up',
        badIf(upstreams['failing']),
      ),
    tile(
      'Breakers',
      `${number(breakers['open'])} of ${number(breakers['total'])}`,
      'open',
      badIf(breakers['open']),
    ),
    tile(
      'Storage',
      capital(text(storage['kind'])),
      text(storage['state']),
      storage['state'] === 'away' ? 'bad' : '',
    ),
  );
}

/** @param {unknown} count */
const badIf = (count) => (typeof count === 'number' && count > 0 ? 'bad' : '');

/**
 * @param {string} name
 * @param {import('./tree.js').Child} value
 * @param {string} [note]
 * @param {string} [mood]
 */
const tile = (name, value, note, mood) =>
  h(
    'div',
    { class: `tile ${mood ?? ''}`, key: name },
    h('dt', null, name),
    h(
      'dd',
      null,
      h('span', { class: 'value' }, value),
      note !== undefined && h('span', { class: 'note' }, ` ${note}`),
    ),
  );

/**
 * @param {Report} report
 * @param {Seen} seen
 */
export function cards(report, seen) {
  return flat([
    warningsCard(report),
    upstreamsCard(report),
    breakersCard(report),
    latenciesCard(report, seen),
    failuresCard(report),
    limitsCard(report, seen),
    connectCard(report, seen),
  ]);
}

/**
 * @param {string} key
 * @param {string} title
 * @param {import('./tree.js').Child} content
 * @param {string} [side]
 */
const card = (key, title, content, side) =>
  h(
    'section',
    { class: `card ${key}`, key, 'aria-labelledby': `${key}-title` },
    h(
      'div',
      { class: 'head' },
      h('h2', { id: `${key}-title` }, title),
      side !== undefined && side !== '' && h('span', { class: 'quiet side' }, side),
    ),
    content,
  );

/** @param {Report} report */
function warningsCard(report) {
  const { count, sentences } = warningsIn(report);
  const keys = section(report['keys']);
  const soon = typeof keys['expireSoon'] === 'number' ? keys['expireSoon'] : 0;
  const expiring = list(keys['soon']);
  const off = facesOff(report);
  if (count === 0 && soon === 0 && off.length === 0) return false;
  return card('warnings', 'To know', [
    h(
      'ul',
      { class: 'plain' },
      sentences.map((sentence) => h('li', { class: 'warn' }, cut(sentence, 500))),
      count > 0 &&
        sentences.length === 0 &&
        h(
          'li',
          { class: 'warn' },
          `${plural(count, 'setting')} that the server warns of: its log says which, and so does this page with an admin key.`,
        ),
      expiring.map((key) =>
        h(
          'li',
          { class: 'warn' },
          `The key ${cut(text(key['name']), 64)} expires on ${text(key['expires']).slice(0, 10)}.`,
        ),
      ),
      soon > 0 &&
        expiring.length === 0 &&
        h('li', { class: 'warn' }, `${plural(soon, 'key expires', 'keys expire')} within 14 days.`),
      off.length > 0 &&
        h(
          'li',
          null,
          'Switched off: ',
          off.map((name, at) => [at > 0 && ', ', h('code', null, name)]),
          '.',
        ),
    ),
  ]);
}

/** @param {Report} report */
function upstreamsCard(report) {
  const all = section(report['upstreams']);
  if (!('total' in all)) return false;
  const entries = list(all['list']);
  const counts = [
    `${number(all['up'])} of ${number(all['total'])} up`,
    Number(all['quarantined']) > 0 && `${plural(Number(all['quarantined']), 'tool')} withheld`,
    Number(all['disabled']) > 0 && `${number(all['disabled'])} disabled`,
  ].filter((part) => part !== false);
  return card(
    'upstreams',
    'Upstreams',
    entries.length === 0
      ? h(
          'p',
          { class: 'quiet' },
          `${plural(Number(all['tools']), 'tool')} from ${plural(Number(all['total']), 'upstream')}.`,
        )
      : more('upstreams', entries, 12, (shown) => h('ul', { class: 'rows' }, shown.map(upstream))),
    counts.join(', '),
  );
}

/** @param {Report} entry */
function upstream(entry) {
  const { message, at } = section(entry['lastError']);
  const { state: breaker } = section(entry['circuitBreaker']);
  const isUp = entry['state'] === 'up';
  const tools = Array.isArray(entry['tools']) ? entry['tools'].length : 0;
  const reason = text(message) || text(entry['reason']) || text(entry['problem']);
  return h(
    'li',
    { class: 'row', key: text(entry['name']) },
    h('span', { class: 'name' }, cut(text(entry['name']), 80)),
    statePill(entry['state']),
    h(
      'span',
      { class: 'quiet about' },
      [
        text(entry['kind']),
        isUp && plural(tools, 'tool'),
        Number(entry['callsInFlight']) > 0 && `${number(entry['callsInFlight'])} in flight`,
      ]
        .filter((part) => part !== false && part !== '')
        .join(' · '),
    ),
    breaker !== undefined &&
      breaker !== 'closed' &&
      pill(MOODS[text(breaker)] ?? 'off', `Breaker ${text(breaker)}`),
    !isUp &&
      reason !== '' &&
      h(
        'span',
        { class: 'reason' },
        cut(reason, 300),
        at !== undefined && h('span', { class: 'quiet' }, ` at ${clock(at)}`),
        Number(entry['failedAttempts']) > 1 &&
          h('span', { class: 'quiet' }, `, ${number(entry['failedAttempts'])} attempts`),
      ),
  );
}

/** @param {Report} report */
function breakersCard(report) {
  const all = section(report['circuitBreakers']);
  const entries = list(all['list']);
  const rank = (/** @type {Report} */ entry) => ['open', 'half-open'].indexOf(text(entry['state'])) & 3;
  const sorted = [...entries].sort((one, other) => rank(one) - rank(other));
  if (Number(all['total']) === 0) return false;
  return card(
    'breakers',
    'Circuit breakers',
    [
      entries.length === 0
        ? h('p', null, statePill(all['state']), ' ', h('span', { class: 'quiet' }, 'the worst of them'))
        : more('breakers', sorted, 12, (shown) =>
            h(
              'ul',
              { class: 'rows' },
              shown.map((entry) =>
                h(
                  'li',
                  { class: 'row', key: text(entry['name']) },
                  h('span', { class: 'name' }, cut(text(entry['name']), 80)),
                  statePill(entry['state']),
                  Number(entry['consecutiveFailures']) > 0 &&
                    h(
                      'span',
                      { class: 'quiet about' },
                      `${plural(Number(entry['consecutiveFailures']), 'failure')} in a row`,
                    ),
                ),
              ),
            ),
          ),
      h(
        'p',
        { class: 'quiet small' },
        `One opens after ${plural(Number(all['failureThreshold']), 'failure')} in a row, and is tried again ${duration(Number(all['resetTimeoutMs']) / 1000)} later.`,
      ),
    ],
    `${number(all['open'])} of ${number(all['total'])} open`,
  );
}

/**
 * @param {Report} report
 * @param {Seen} seen
 */
function latenciesCard(report, { history }) {
  if (!isDetailed(report)) return false;
  const all = latenciesIn(report);
  return card(
    'latencies',
    'Tool latency',
    all.length === 0
      ? h(
          'p',
          { class: 'quiet' },
          section(report['metrics'])['enabled'] === false
            ? 'Nothing is measured: METRICS_ENABLED is false.'
            : 'No call has been measured yet.',
        )
      : more('latencies', all, 10, (shown) =>
          h(
            'table',
            null,
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                h('th', { scope: 'col' }, 'Tool'),
                ['Calls', 'p50', 'p95'].map((name) => h('th', { scope: 'col', class: 'end' }, name)),
                h('th', { scope: 'col', class: 'trend' }, 'p95 lately'),
              ),
            ),
            h(
              'tbody',
              null,
              shown.map((latency) => latencyRow(latency, history)),
            ),
          ),
        ),
  );
}

/**
 * @param {import('./reading.js').Latency} latency
 * @param {import('./history.js').History} history
 */
function latencyRow({ tool, calls, p50Ms, p95Ms }, history) {
  const values = history.get(tool) ?? [];
  const shown = (/** @type {number | null} */ ms) => (ms === null ? '–' : milliseconds(ms));
  const known = values.filter((value) => value !== null);
  const span =
    known.length === 0
      ? 'no figures'
      : `from ${milliseconds(Math.min(...known))} to ${milliseconds(Math.max(...known))}`;
  return h(
    'tr',
    { key: tool },
    h('th', { scope: 'row', class: 'name' }, cut(tool, 80)),
    [number(calls), shown(p50Ms), shown(p95Ms)].map((value) => h('td', { class: 'end' }, value)),
    h(
      'td',
      { class: 'trend' },
      sparkline(values, { width: 96, height: 22, slots: KEPT, summary: `p95 of ${tool} lately: ${span}` }),
    ),
  );
}

/** @param {Report} report */
function failuresCard(report) {
  if (!isDetailed(report)) return false;
  const all = failuresIn(report);
  return card(
    'failures',
    'Recent errors',
    all.length === 0
      ? h('p', { class: 'quiet' }, 'None since the start.')
      : more('failures', all, 8, (shown) =>
          h(
            'ul',
            { class: 'rows' },
            shown.map(({ at, code, what, correlationId }) =>
              h(
                'li',
                { class: 'row', key: `${at} ${correlationId}` },
                h('time', { class: 'quiet', datetime: at }, clock(at)),
                h('code', { class: 'code' }, cut(code, 60)),
                h('span', { class: 'name' }, cut(what, 80)),
                correlationId !== '' && copyButton(correlationId, 'correlation id'),
              ),
            ),
          ),
        ),
  );
}

/**
 * @param {Report} report
 * @param {Seen} seen
 */
function limitsCard(report, { allowance }) {
  if (!isDetailed(report) && allowance === undefined) return false;
  const configuration = section(report['configuration']);
  const { maxRequests, windowMs, tools: toolLimits } = section(configuration['rateLimit']);
  const tools = section(configuration['tools']);
  const { bodyLimitBytes } = section(configuration['http']);
  const window = duration(Number(windowMs) / 1000);
  return card('limits', 'Limits', [
    allowance !== undefined && allowanceOf(allowance),
    isDetailed(report) &&
      h(
        'dl',
        { class: 'facts' },
        fact(
          'Requests of an address',
          maxRequests === 0 ? 'not limited' : `${number(maxRequests)} in ${window}`,
        ),
        list(toolLimits)
          .slice(0, 20)
          .map((limit) =>
            fact(
              cut(text(limit['pattern']) || text(limit['tool']), 60),
              `${number(limit['maxRequests'])} in ${duration(Number(limit['windowMs']) / 1000)}`,
            ),
          ),
        fact('Calls at the same time', number(tools['maxConcurrency'])),
        fact('Time for a call', duration(Number(tools['timeoutMs']) / 1000)),
        fact('Size of a request', size(Number(bodyLimitBytes))),
        fact('Size of an answer', size(Number(tools['maxOutputBytes']))),
      ),
  ]);
}

/** @param {import('./session.js').Allowance} allowance */
const allowanceOf = ({ limit, remaining, resetSeconds }) =>
  h(
    'p',
    { class: 'allowance' },
    h(
      'span',
      { id: 'allowance-label' },
      `${number(remaining)} of ${plural(limit, 'request')} left for ${duration(resetSeconds)}`,
    ),
    h('meter', {
      min: 0,
      max: limit,
      low: limit * 0.2,
      value: remaining,
      'aria-labelledby': 'allowance-label',
    }),
  );

/**
 * @param {string} name
 * @param {string} value
 */
const fact = (name, value) => h('div', { key: name }, h('dt', null, name), h('dd', null, value));

/**
 * @param {Report} report
 * @param {Seen} seen
 */
function connectCard(report, { endpoint }) {
  return card('connect', 'Connect', [
    h('p', null, 'MCP clients, with a key: ', copyButton(endpoint, 'address')),
    !isDetailed(report) &&
      h(
        'p',
        { class: 'quiet' },
        'A key with the scope ',
        h('code', null, 'admin'),
        ' shows upstreams with their reasons, breakers by name, latencies, recent errors and limits here.',
      ),
  ]);
}

/** What else answers under this address. @param {Report} report */
export function places(report) {
  const rest = section(report['rest']);
  const metrics = section(report['metrics']);
  return [
    metrics['enabled'] === true && h('a', { href: 'metrics' }, '/metrics'),
    rest['docs'] === true && h('a', { href: 'docs' }, '/docs'),
  ];
}
