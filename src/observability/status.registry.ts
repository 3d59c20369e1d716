import { Injectable } from '@nestjs/common';

/** A part of /status. `summary` is for everybody; `detail` may name things and is shown to `admin`. */
export interface StatusSection {
  readonly summary: () => Readonly<Record<string, unknown>>;
  readonly detail?: () => Readonly<Record<string, unknown>>;
  /** What has to be done before `detail` is asked, where that takes a while. */
  readonly prepare?: () => Promise<void>;
  /** What of it is not as it should be, without names, for everybody: `/health` is `degraded` then. */
  readonly problem?: () => Readonly<Record<string, unknown>> | undefined;
}

/** Where each room registers its section of /status. */
@Injectable()
export class StatusRegistry {
  private readonly sections = new Map<string, StatusSection>();
  private readonly listeners = new Set<() => void>();

  register(name: string, section: StatusSection): void {
    if (this.sections.has(name)) throw new Error(`Status section ${name} is registered already`);
    this.sections.set(name, section);
  }

  /** To be awaited before a report with details. */
  async prepare(): Promise<void> {
    await Promise.all([...this.sections.values()].map(async ({ prepare }) => prepare?.()));
  }

  /**
   * The sections by name, in the order of registration.
   *
   * @param options.detailed whether with their details; or the names of those with them
   */
  report({ detailed }: { detailed: boolean | readonly string[] }): Record<string, unknown> {
    const isDetailed = (name: string): boolean =>
      detailed === true || detailed === false ? detailed : detailed.includes(name);
    return Object.fromEntries(
      [...this.sections].map(([name, { summary, detail }]) => [
        name,
        { ...summary(), ...(isDetailed(name) && detail?.()) },
      ]),
    );
  }

  /** What is not as it should be, by the names of the sections that could say so. */
  problems(): ReadonlyMap<string, Readonly<Record<string, unknown>> | undefined> {
    const able = [...this.sections].filter(([, { problem }]) => problem !== undefined);
    return new Map(able.map(([name, { problem }]) => [name, problem!()]));
  }

  /** Says that a section reads differently now. */
  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener when a section says that it has changed. Answers how to stop listening. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
