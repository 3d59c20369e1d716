import { argumentsOf, fieldsOf, valuesOf } from './schema-form.js';
import { duration } from './format.js';
import { remember } from './history.js';
import { patch } from './patch.js';
import { Poller } from './poller.js';
import { isDetailed, latenciesIn, section } from './reading.js';
import { ProblemError, Session } from './session.js';
import { h } from './tree.js';
import { answered, answerView } from './view-answer.js';
import { formView, idOf } from './view-form.js';
import { keyView } from './view-key.js';
import { foldAll, page } from './view-parts.js';
import { cards, glance, places } from './view-status.js';
import { aboutTool, toolsView } from './view-tools.js';

/** Lines of progress that stay in sight. */
const MAX_PROGRESS_LINES = 40;
/** The tool with which a first visitor begins. */
const FIRST_TOOL = 'network_ping';

const session = new Session();

/** Everything that the page knows, but for the key. */
const state = {
  /** @type {import('./reading.js').Report | undefined} */
  report: undefined,
  /** @type {import('./history.js').History} */
  history: new Map(),
  link: { isGood: false, since: Date.now(), problem: 'Asking the server…' },
  /** @type {import('./view-key.js').KeyState} */
  key: { state: 'none', isAdmin: false, tools: 0, problem: '' },
  /** @type {{ tools: readonly import('./session.js').Tool[], isWhole: boolean, filter: string, problem: string }} */
  list: { tools: [], isWhole: true, filter: '', problem: '' },
  /** @type {import('./view-form.js').Form | undefined} */
  form: undefined,
  /** @type {import('./view-answer.js').Run | undefined} */
  run: undefined,
  /** @type {import('./view-answer.js').Form} */
  shownAs: 'drawn',
};

/** What ends the call that runs. @type {AbortController | undefined} */
let calling;

const poller = new Poller({
  async ask() {
    const report = await session.status();
    const before = state.report;
    state.report = report;
    state.history = remember(state.history, latenciesIn(report));
    state.key.isAdmin = session.hasKey && isDetailed(report);
    if (!state.link.isGood) linkChanged(true, '');
    else if (before?.['state'] !== report['state']) page.say(`The server is ${String(report['state'])}.`);
    page.redraw();
  },
  onFailure(error, waitMs) {
    const again = `asked again in ${duration(waitMs / 1000)}`;
    const what = error instanceof ProblemError ? error.problem.title : 'The server does not answer';
    linkChanged(false, `${what}; ${again}`);
    page.redraw();
  },
});

/**
 * @param {boolean} isGood
 * @param {string} problem
 */
function linkChanged(isGood, problem) {
  if (isGood !== state.link.isGood) {
    state.link.since = Date.now();
    page.say(isGood ? 'The server answers.' : 'The server does not answer.');
  }
  state.link.isGood = isGood;
  state.link.problem = problem;
}

/** @param {string} key */
async function useKey(key) {
  session.use(key);
  state.key = { state: 'checking', isAdmin: false, tools: 0, problem: '' };
  page.redraw();
  await readTools();
  poller.hurry();
}

async function readTools() {
  try {
    const { tools, isWhole } = await session.tools();
    state.list = { ...state.list, tools, isWhole, problem: '' };
    state.key = { ...state.key, state: 'good', tools: tools.length, problem: '' };
    const chosen = tools.find(({ name }) => name === (state.form?.tool.name ?? FIRST_TOOL)) ?? tools[0];
    if (chosen === undefined) state.form = undefined;
    else if (chosen.name !== state.form?.tool.name) choose(chosen);
    page.say(`The key is good for ${tools.length} tools.`);
    draw();
    showChosen();
  } catch (error) {
    const problem = error instanceof ProblemError ? error.problem : undefined;
    const told = problem === undefined ? 'The server does not answer.' : inWords(problem);
    if (problem?.status === 404) {
      // Without the face for tools the key opens the details of the status all the same.
      state.key = { ...state.key, state: 'good', tools: 0 };
      state.list.problem = 'No tool can be run from here: REST_ENABLED is false.';
    } else if (state.key.state === 'good' && problem?.status !== 401) state.list.problem = told;
    else forgetKey(told);
  }
  page.redraw();
}

/**
 * A refusal of the list of tools. How a key is sent, and which header says how long to wait, is the business of this page.
 *
 * @param {import('./session.js').Problem} problem
 */
function inWords({ status, title, detail, mend, retryAfterSeconds }) {
  if (status === 401) return `${detail || title}.`;
  if (retryAfterSeconds === undefined) return `${title}. ${mend}`;
  return `${title}. It may be tried again in ${duration(retryAfterSeconds)}.`;
}

/** Brings the chosen tool into sight in its list, without moving the page. */
function showChosen() {
  const chosen = /** @type {HTMLElement | null} */ (document.querySelector('.tool[aria-current]'));
  const box = chosen?.closest('.tool-list');
  if (chosen === null || !box) return;
  box.scrollTop +=
    chosen.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
}

/** @param {string} [problem] */
function forgetKey(problem = '') {
  calling?.abort();
  session.forget();
  state.key = { state: 'none', isAdmin: false, tools: 0, problem };
  state.list = { tools: [], isWhole: true, filter: '', problem: '' };
  state.form = undefined;
  state.run = undefined;
  state.report = undefined;
  state.history = new Map();
  poller.hurry();
  page.redraw();
}

/** @param {import('./session.js').Tool} tool */
function choose(tool) {
  const fields = fieldsOf(tool.inputSchema);
  state.form = { tool, fields, isRaw: fields === undefined, start: {}, raw: '{}', problems: {} };
  if (state.run?.state !== 'running') state.run = undefined;
  foldAll('answer');
  page.redraw();
}

/** @returns {import('./schema-form.js').Arguments} */
function typed() {
  const { form } = state;
  if (form === undefined) return { text: '{}', problems: {} };
  if (form.isRaw || form.fields === undefined) {
    const text = valueOf('raw').trim() || '{}';
    try {
      JSON.parse(text);
      return { text, problems: {} };
    } catch (error) {
      return { text, problems: { '': `This is not JSON: ${error instanceof Error ? error.message : ''}` } };
    }
  }
  return argumentsOf(
    form.fields,
    Object.fromEntries(form.fields.map(({ name }, at) => [name, valueOf(idOf(at))])),
  );
}

/** @param {string} id */
function valueOf(id) {
  const control = /** @type {HTMLInputElement | null} */ (document.getElementById(id));
  return control?.value ?? '';
}

/** @param {boolean} isRaw */
function changeForm(isRaw) {
  const { form } = state;
  if (form === undefined || form.fields === undefined) return;
  const { text, problems } = typed();
  if (isRaw) {
    form.raw = text === '{}' ? '{}' : text;
    form.problems = {};
    form.isRaw = true;
  } else {
    const start = problems[''] === undefined ? valuesOf(form.fields, text) : undefined;
    if (start === undefined) {
      form.problems = { '': problems[''] ?? 'The fields cannot say this.' };
    } else {
      Object.assign(form, { start, problems: {}, isRaw: false });
    }
  }
  draw();
  document.getElementById('raw-switch')?.focus();
}

async function run() {
  const { form } = state;
  if (form === undefined || calling !== undefined) return;
  const { text, problems } = typed();
  form.problems = problems;
  const [first] = Object.keys(problems);
  if (first !== undefined) {
    draw();
    const at = form.fields?.findIndex(({ name }) => name === first) ?? -1;
    document.getElementById(form.isRaw || at === -1 ? 'raw' : idOf(at))?.focus();
    return;
  }
  const tool = form.tool.name;
  const startedAt = performance.now();
  const took = () => performance.now() - startedAt;
  calling = new AbortController();
  const { signal } = calling;
  state.run = { state: 'running', tool, startedAt, progress: undefined, lines: [] };
  foldAll('answer');
  const ticking = setInterval(page.redraw, 1000);
  page.redraw();
  try {
    const answer = await session.call(tool, text, { signal, onProgress });
    state.run = answered(tool, took(), answer);
    state.shownAs = 'drawn';
    page.say(`${tool} has answered.`);
  } catch (error) {
    state.run = signal.aborted
      ? { state: 'cancelled', tool, tookMs: took() }
      : { state: 'failed', tool, tookMs: took(), problem: problemOf(error) };
    page.say(signal.aborted ? `${tool} was cancelled.` : `${tool} has failed.`);
    if (error instanceof ProblemError && error.problem.status === 401) forgetKey(error.problem.title);
  } finally {
    clearInterval(ticking);
    calling = undefined;
    if (!session.hasKey) state.run = undefined;
    draw();
  }
}

/** @param {unknown} step */
function onProgress(step) {
  if (state.run?.state !== 'running') return;
  const { message } = section(step);
  const lines = typeof message === 'string' ? [...state.run.lines, message.slice(0, 500)] : state.run.lines;
  state.run = { ...state.run, progress: step, lines: lines.slice(-MAX_PROGRESS_LINES) };
  page.redraw();
}

/** @param {unknown} error @returns {import('./session.js').Problem} */
function problemOf(error) {
  if (error instanceof ProblemError) return error.problem;
  return {
    status: 0,
    code: 'no_answer',
    title: 'There is no answer',
    detail: error instanceof Error ? error.message : '',
    mend: 'See whether the server still runs, and whether the way to it is open.',
    correlationId: '',
    retryAfterSeconds: undefined,
    text: '',
  };
}

/** @param {string} id @returns {Element} */
const place = (id) => /** @type {Element} */ (document.getElementById(id));

/** Whoever is on the way between can read plain HTTP; nobody is on the way inside of one machine. */
const isPlain = location.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);

function draw() {
  const { report, link, form } = state;
  patch(place('version'), typeof report?.['version'] === 'string' ? report['version'] : '');
  patch(
    place('link'),
    h('span', { class: `pill ${link.isGood ? 'good' : 'bad'}` }, link.isGood ? 'Live' : link.problem),
  );
  patch(
    place('key'),
    keyView(state.key, { isPlain, onUse: (key) => void useKey(key), onForget: () => forgetKey() }),
  );
  if (report !== undefined) {
    patch(place('glance'), glance(report));
    patch(
      place('cards'),
      cards(report, {
        history: state.history,
        allowance: session.allowance,
        endpoint: new URL('mcp', location.href).href,
      }),
    );
    place('main').classList.toggle('stale', !link.isGood);
  }
  place('main').classList.toggle('keyless', state.key.state !== 'good');
  patch(place('tools'), state.key.state === 'good' && toolsPart());
  patch(place('places'), report !== undefined && places(report));
  patch(
    place('run'),
    form !== undefined && [
      aboutTool(form.tool),
      formView(form, {
        isRunning: state.run?.state === 'running',
        onRun: () => void run(),
        onCancel: () => calling?.abort(),
        onRaw: changeForm,
      }),
    ],
  );
  drawAnswer();
}

function toolsPart() {
  const { tools, isWhole, filter, problem } = state.list;
  return [
    problem !== '' && h('p', { class: 'problem-text', role: 'alert' }, problem),
    (tools.length > 0 || problem === '') &&
      toolsView(
        { tools, isWhole, filter, chosen: state.form?.tool },
        {
          onFilter: (text) => {
            state.list.filter = text;
            draw();
          },
          onChoose: (tool) => {
            choose(tool);
            draw();
            document.getElementById('tool-title')?.focus();
          },
          onReload: () => void readTools(),
        },
      ),
  ];
}

function drawAnswer() {
  const { run: current } = state;
  const onForm = (/** @type {import('./view-answer.js').Form} */ form) => {
    state.shownAs = form;
    drawAnswer();
  };
  const options = { width: width(), form: state.shownAs, onForm, now: performance.now() };
  patch(place('answer'), current !== undefined && answerView(current, options));
}

/**
 * What a drawing may take, in units of the ordinary size of letters: on a large screen all of it grows together.
 */
function width() {
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
  return Math.max(260, Math.min(1100, Math.floor(place('answer').clientWidth / scale) - 2));
}

let isPlanned = false;
page.redraw = () => {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(() => {
    isPlanned = false;
    draw();
  });
};
page.say = (sentence) => patch(place('news'), sentence);

place('themes').addEventListener('change', (event) => {
  document.documentElement.dataset['theme'] = /** @type {HTMLInputElement} */ (event.target).value;
});
document.addEventListener('visibilitychange', () => (document.hidden ? poller.pause() : poller.resume()));
new ResizeObserver(() => page.redraw()).observe(place('answer'));
draw();
if (!document.hidden) poller.resume();
