import { z } from 'zod';

export const SOURCE_SCHEMA = z
  .enum(['netlink', 'procfs'])
  .describe('Where the facts come from: the kernel over netlink (complete), or the files of /proc and /sys.');

export const SOURCE_NOTE_SCHEMA = z
  .string()
  .nullable()
  .describe('Why the complete source was not used and what the other one cannot know; null for netlink.');
