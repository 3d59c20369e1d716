/** A sample of the Prometheus text format, such as `mcpo_requests_total{method="POST",status="200"} 150`. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** `counter`, `gauge` or `histogram`, by the name of the metric. */
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

/**
 * Reads the Prometheus text exposition format, version 0.0.4.
 *
 * @throws Error on any line that is not of that format.
 */
export function parseMetrics(text: string): Exposition {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  for (const line of text.split('\n')) {
    const comment = COMMENT.exec(line);
    const sample = SAMPLE.exec(line);
    if (comment) (comment[1] === 'TYPE' ? types : help).set(comment[2]!, comment[3]!);
    else if (sample)
      samples.push({ name: sample[1]!, labels: parseLabels(sample[2]), value: parseValue(sample[3]!) });
    else if (line !== '' && !line.startsWith('# ')) throw new Error(`Not a line of the text format: ${line}`);
  }
  return { samples, types, help };
}

function parseLabels(text = ''): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const match = LABEL.exec(text);
    if (!match) throw new Error(`Not a list of labels from position ${at}: ${text}`);
    labels[match[1]!] = match[2]!.replace(
      /\\(.)/g,
      (_, character: string) => ESCAPES[character] ?? character,
    );
  }
  return labels;
}

function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const value = Number(text);
  // Prometheus reads it in any case (Go's ParseFloat), and prom-client writes Nan.
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') throw new Error(`Not a number: ${text}`);
  return value;
}

/** The value of the one sample with this name and exactly these labels; `undefined` when there is none. */
export function valueOf(
  { samples }: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = canonical(labels);
  const found = samples.filter((sample) => sample.name === name && canonical(sample.labels) === wanted);
  if (found.length > 1) throw new Error(`${name}{${wanted}} is there ${found.length} times`);
  return found[0]?.value;
}

const canonical = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Scrapes a server the way Prometheus does. */
export async function scrape(url: string): Promise<Exposition> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}
