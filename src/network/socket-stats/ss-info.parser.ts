/** What `ss -i` knows of one TCP socket. */
export interface TcpInfo {
  readonly local: string;
  readonly peer: string;
  readonly rttMs: number | null;
  /** Segments that were sent again, in all. */
  readonly retransmits: number;
}

/** Characters of a line that is not over yet. */
const MAX_LINE = 64 * 1024;

/**
 * What `ss -H -n -t -i` prints (iproute2, misc/ss.c): a line with state, queues and both ends, and below it, behind a
 * tab, words such as `rtt:5.278/6.759` and `retrans:0/3`: now in flight, and in all.
 */
export class SsInfo {
  private rest = '';
  private ends: { local: string; peer: string } | undefined;
  private readonly take: (info: TcpInfo) => void;

  constructor(take: (info: TcpInfo) => void) {
    this.take = take;
  }

  add(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > MAX_LINE) this.rest = '';
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    const words = line.split(/\s+/).filter((word) => word !== '');
    if (!/^\s/.test(line)) {
      const [, , , local, peer] = words;
      this.ends = local === undefined || peer === undefined ? undefined : { local, peer };
      return;
    }
    if (this.ends === undefined) return;
    const rtt = /^(\d+(?:\.\d+)?)\//.exec(valueOf(words, 'rtt:') ?? '')?.[1];
    const retransmits = /\/(\d{1,12})$/.exec(valueOf(words, 'retrans:') ?? '')?.[1];
    this.take({
      ...this.ends,
      rttMs: rtt === undefined ? null : Number(rtt),
      retransmits: Number(retransmits ?? 0),
    });
    this.ends = undefined;
  }
}

const valueOf = (words: readonly string[], name: string): string | undefined =>
  words.find((word) => word.startsWith(name))?.slice(name.length);
