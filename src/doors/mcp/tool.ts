import type { CallToolResult, Tool as ToolDescription } from '@modelcontextprotocol/sdk/types.js';
import type { Kind, Verb } from '../../modules/access/index.js';

export interface ToolCall {
  args: Record<string, unknown>;
  /** Of the links in what is told. */
  baseUrl: string;
  /** Ends with the request. */
  signal: AbortSignal;
  /** Tells the client how far it is, if it asked for that; in percent, upwards alone. */
  progress: (percent: number, message: string) => Promise<void>;
}

export interface Tool {
  /** Beyond what every caller of this door may. */
  needs: { verb: Verb; kind: Kind };
  description: ToolDescription;
  call: (call: ToolCall) => Promise<CallToolResult>;
}

export const textResult = (text: string, isError = false): CallToolResult => ({
  content: [{ type: 'text', text }],
  ...(isError && { isError }),
});
