import { type JsonObject, MCP_LOG_LEVELS, type McpLogLevel } from '../../core/client.port.js';

export const isLogLevel = (value: unknown): value is McpLogLevel =>
  (MCP_LOG_LEVELS as readonly unknown[]).includes(value);

/** Whether a message is at least as severe as the least severe one that is wanted. */
export const passesLevel = (level: McpLogLevel, wanted: unknown): boolean =>
  isLogLevel(wanted) && MCP_LOG_LEVELS.indexOf(level) >= MCP_LOG_LEVELS.indexOf(wanted);

export const logNotification = (level: McpLogLevel, data: unknown, logger?: string): JsonObject => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level, ...(logger !== undefined && { logger }), data },
});
