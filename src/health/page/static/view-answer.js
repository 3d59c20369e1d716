import { repliesChart, rowsChart } from './chart.js';
import { cut, duration, milliseconds } from './format.js';
import { indented } from './json-text.js';
import { measuredIn } from './measured.js';
import { parseExact, readable } from './readable.js';
import { h } from './tree.js';
import { copyButton, more, moreText } from './view-parts.js';

/**
 * @typedef {'drawn' | 'readable' | 'json'} Form
 * @typedef {{ state: 'running', tool: string, startedAt: number, progress: unknown, lines: readonly string[] }} Running
 * @typedef {{
 *   state: 'answered', tool: string, tookMs: number, text: string, correlationId: string,
 *   value: unknown, block: import('./readable.js').Block, measured: ReturnType<typeof measuredIn>,
 * }} Answered
 * @typedef {{ state: 'failed', tool: string, tookMs: number, problem: import('./session.js').Problem }} Failed
 * @typedef {{ state: 'cancelled', tool: string, tookMs: number }} Cancelled
 * @typedef {Running | Answered | Failed | Cancelled} Run
 */

const FIRST_TEXT = 20_000;
const FIRST_ROWS = 50;

/**
 * @param {string} tool
 * @param {number} tookMs
 * @param {{ text: string, correlationId: string }} answer
 * @returns {Answered}
 */
export function answered(tool, tookMs, { text, correlationId }) {
  const value = parseExact(text);
  return {
    state: 'answered',
    tool,
    tookMs,
    text,
    correlationId,
    value,
    block: readable(value),
    measured: measuredIn(value),
  };
}

/**
 * @param {Run} run
 * @param {{ width: number, form: Form, onForm: (form: Form) => void, now: number }} options
 */
export function answerView(run, { width, form, onForm, now }) {
  switch (run.state) {
    case 'running':
      return runningView(run, now);
    case 'cancelled':
      return box(
        'cancelled',
        'Cancelled',
        h('p', null, `${cut(run.tool, 128)} was cancelled after ${milliseconds(run.tookMs)}.`),
      );
    case 'failed':
      return failedView(run);
    case 'answered':
      return answeredView(run, width, form, onForm);
  }
}

/**
 * @param {string} key
 * @param {string} title
 * @param {...import('./tree.js').Child} content
 */
const box = (key, title, ...content) =>
  h('div', { class: `answer ${key}`, key, role: 'region', 'aria-label': title }, content);

/**
 * @param {Running} run
 * @param {number} now
 */
function runningView({ tool, startedAt, progress, lines }, now) {
  const { progress: done, total } = /** @type {Record<string, unknown>} */ (progress ?? {});
  const isKnown = typeof done === 'number' && typeof total === 'number' && total > 0;
  return box(
    'running',
    'Running',
    h('p', null, `${cut(tool, 128)} runs for ${duration((now - startedAt) / 1000)}.`),
    h('progress', { 'aria-label': 'Progress', ...(isKnown && { value: done, max: total }) }),
    lines.length > 0 && h('pre', { class: 'text' }, lines.join('\n')),
  );
}

/** @param {Failed} run */
function failedView({ tool, tookMs, problem }) {
  const { title, detail, mend, code, status, correlationId, retryAfterSeconds, text } = problem;
  return box(
    'failed',
    'Failed',
    h(
      'p',
      { class: 'failed-title' },
      h('strong', null, cut(title, 300)),
      ' ',
      h('code', { class: 'code' }, cut(code, 80)),
    ),
    detail !== '' && moreText('problem', detail, 1000, (shown) => h('p', { class: 'pre' }, shown)),
    mend !== '' && h('p', null, h('strong', null, 'What to do: '), cut(mend, 1000)),
    retryAfterSeconds !== undefined &&
      h('p', null, `It may be tried again in ${duration(retryAfterSeconds)}.`),
    h(
      'p',
      { class: 'quiet small line' },
      `${cut(tool, 128)}, ${milliseconds(tookMs)}${status > 0 ? `, status ${status}` : ''}`,
      correlationId !== '' && copyButton(correlationId, 'correlation id'),
    ),
    text !== '' &&
      h(
        'details',
        null,
        h('summary', null, 'The whole refusal'),
        h('pre', { class: 'json', tabindex: '0' }, indented(cut(text, FIRST_TEXT))),
      ),
  );
}

/**
 * @param {Answered} run
 * @param {number} width
 * @param {Form} form
 * @param {(form: Form) => void} onForm
 */
function answeredView(run, width, form, onForm) {
  const forms = /** @type {[Form, string][]} */ ([
    ...(run.measured === undefined ? [] : [['drawn', 'Drawn']]),
    ['readable', 'Text'],
    ['json', 'JSON'],
  ]);
  const shown = forms.some(([one]) => one === form) ? form : (forms[0]?.[0] ?? 'json');
  return box(
    'answered',
    'Answer',
    h(
      'div',
      { class: 'answer-head' },
      h(
        'fieldset',
        { class: 'segments' },
        h('legend', { class: 'unseen' }, 'Show the answer as'),
        forms.map(([one, label]) =>
          h(
            'label',
            { key: one },
            h('input', {
              type: 'radio',
              name: 'form',
              value: one,
              checked: one === shown,
              onchange: () => onForm(one),
            }),
            h('span', null, label),
          ),
        ),
      ),
      h(
        'span',
        { class: 'quiet small line' },
        milliseconds(run.tookMs),
        run.correlationId !== '' && copyButton(run.correlationId, 'correlation id'),
      ),
    ),
    shown === 'drawn' && run.measured !== undefined && drawn(run.measured, width),
    shown === 'readable' && blockView(run.block, 'answer'),
    shown === 'json' &&
      moreText('answer json', run.text, FIRST_TEXT, (text) =>
        h('pre', { class: 'json', tabindex: '0', 'aria-label': 'The answer as JSON' }, indented(text)),
      ),
  );
}

/**
 * @param {NonNullable<ReturnType<typeof measuredIn>>} measured
 * @param {number} width
 */
function drawn(measured, width) {
  const { summary } = measured;
  const drawing =
    measured.kind === 'path'
      ? rowsChart(measured.rows, { width, summary, isPath: true })
      : [
          repliesChart(measured, width),
          measured.rows.length > 0 &&
            rowsChart(measured.rows, { width, summary: 'Round trips of all targets', isPath: false }),
        ];
  const hasLost =
    measured.kind === 'path'
      ? measured.rows.some(({ lossPercent }) => lossPercent > 0)
      : measured.times.includes(null) || measured.rows.some(({ lossPercent }) => lossPercent > 0);
  return h(
    'figure',
    null,
    h('figcaption', null, summary),
    drawing,
    h(
      'p',
      { class: 'quiet small' },
      `A dot is one answer${hasLost ? ', a cross one that never came' : ''}.${measured.kind === 'replies' && measured.rows.length > 0 ? ' Of all targets: the fastest, the mean, the slowest.' : ''}`,
    ),
  );
}

/**
 * @param {import('./readable.js').Block} block
 * @param {string} key
 * @returns {import('./tree.js').Child}
 */
function blockView(block, key) {
  switch (block.kind) {
    case 'text':
      return moreText(key, block.text, FIRST_TEXT, (text) => h('div', { class: 'text' }, text));
    case 'image':
      return h('img', {
        class: 'picture',
        alt: 'A picture in the answer',
        src: `data:${block.type};base64,${block.data}`,
      });
    case 'blocks':
      return more(key, block.blocks, FIRST_ROWS, (shown) =>
        h(
          'div',
          { class: 'blocks' },
          shown.map((one, at) => h('div', null, blockView(one, `${key} ${at}`))),
        ),
      );
    case 'facts':
      return more(key, block.facts, FIRST_ROWS, (shown) =>
        h(
          'dl',
          { class: 'answer-facts' },
          shown.map(({ name, block: one }, at) => [
            h('dt', null, cut(name, 128)),
            h('dd', null, blockView(one, `${key} ${at}`)),
          ]),
        ),
      );
    case 'table':
      return more(key, block.rows, FIRST_ROWS, (shown) =>
        h(
          'div',
          { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' },
          h(
            'table',
            null,
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                block.columns.map((column) => h('th', { scope: 'col' }, cut(column, 60))),
              ),
            ),
            h(
              'tbody',
              null,
              shown.map((row) =>
                h(
                  'tr',
                  null,
                  row.map((cell) => h('td', null, cell)),
                ),
              ),
            ),
          ),
        ),
      );
  }
}
