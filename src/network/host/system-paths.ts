/** Where the room finds the system it reports on. A provider, so that tests can show it another one. */
export interface SystemPaths {
  /** The PATH under which programs are looked up; the one of the environment is not trusted with that. */
  readonly programs: string;
  /** Mount point of procfs. */
  readonly proc: string;
  /** Mount point of sysfs. */
  readonly sys: string;
}

export const SystemPaths = Symbol('SystemPaths');

export const linuxPaths: SystemPaths = {
  programs: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  proc: '/proc',
  sys: '/sys',
};
