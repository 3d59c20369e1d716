import type { PinoLogger } from 'nestjs-pino';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { haveChanged } from './referred-files.js';
import { UpstreamsFileError } from './problems.js';
import {
  parseUpstreamsFile,
  type SetAside,
  type UpstreamsFile,
  type UpstreamsFileOptions,
} from './upstreams.file.js';

/** An entry that is in the file and does not run. */
export interface IdleEntry {
  readonly name: string;
  readonly state: 'disabled' | 'set_aside';
  /** Why it is set aside: sentences, each with its line. */
  readonly problems?: readonly string[];
}

export interface ServersFileOptions extends UpstreamsFileOptions {
  readonly logger: PinoLogger;
  /** Called with what is in force from now on. */
  readonly onChange: (content: UpstreamsFile) => void;
}

/** How often the files that entries refer to are looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/**
 * MCP_SERVERS_FILE with the files that its entries refer to: a change of some of those counts as one of the file. By
 * stat, because a mounted Secret changes by a link.
 */
export class ServersFile {
  private text = '';
  private content: UpstreamsFile | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(private readonly options: ServersFileOptions) {}

  get idle(): readonly IdleEntry[] {
    const { disabled = [], setAside = [] } = this.content ?? {};
    return [
      ...setAside.map(({ name, problems }) => ({ name, state: 'set_aside' as const, problems })),
      ...disabled.map((name) => ({ name, state: 'disabled' as const })),
    ];
  }

  /** @throws ConfigurationError, or later on UpstreamsFileError, for a file that cannot be used as a whole */
  parse(text: string): UpstreamsFile {
    try {
      const content = parseUpstreamsFile(text, this.options);
      this.text = text;
      return content;
    } catch (error) {
      if (this.content !== undefined || !(error instanceof UpstreamsFileError)) throw error;
      // At the start there is no other file that could stay in force.
      throw new ConfigurationError(error.problems);
    }
  }

  apply(content: UpstreamsFile): void {
    const before = this.content;
    this.content = content;
    this.watch(content.files.size > 0);
    this.tell(content, before);
    this.options.onChange(content);
  }

  close(): void {
    this.watch(false);
  }

  private watch(isOn: boolean): void {
    if (!isOn) clearInterval(this.timer);
    this.timer = isOn
      ? (this.timer ?? setInterval(() => void this.look(), LOOK_EVERY_MS).unref())
      : undefined;
  }

  /** Reads the entries again, once, however many of the files have changed. */
  private async look(): Promise<void> {
    const { content } = this;
    if (content === undefined || this.isLooking) return;
    this.isLooking = true;
    try {
      const isChanged = await haveChanged(content.files);
      if (!isChanged || this.timer === undefined || content !== this.content) return;
      // What has been read once as a whole can be read as a whole again.
      this.apply(parseUpstreamsFile(this.text, this.options));
    } catch (error) {
      // A fault of ours, which is not to end the server.
      this.options.logger.error(
        { err: error },
        'Files that upstream entries refer to could not be put in force',
      );
    } finally {
      this.isLooking = false;
    }
  }

  /** Once for each state of affairs: the file is read again and again. */
  private tell({ setAside, warnings }: UpstreamsFile, before: UpstreamsFile | undefined): void {
    const { logger, path } = this.options;
    const told = new Set(before?.setAside.map(textOf));
    for (const one of setAside) {
      if (told.has(textOf(one))) continue;
      logger.warn(
        { upstream: one.name, problems: one.problems },
        'Upstream entry cannot be used: it is set aside',
      );
    }
    if (warnings.length > 0 && warnings.join() !== before?.warnings.join()) {
      logger.warn({ path, warnings }, 'Members of the upstreams file are ignored');
    }
  }
}

const textOf = (entry: SetAside): string => JSON.stringify(entry);
