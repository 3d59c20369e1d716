/** What is still being connected when the application has started. */
export interface Settling {
  /** Waits until each first attempt has come to its end, well or not, or the time in milliseconds is up. */
  settled(ms: number): Promise<void>;
}

export const Settling = Symbol('Settling');
