import {
  bearerOnly,
  callerByAddress,
  crossSiteRefusal,
  type Door,
  type DoorErrors,
  ownHeaders,
} from '../kit/index.js';
import { McpRoutes } from './mcp.routes.js';

/** As the transport itself refuses: JSON-RPC without an id. */
const errors: DoorErrors = {
  answer: ({ status, message }) => ({
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }),
  }),
};

/** The Model Context Protocol: workflows as tools of assistants. */
export const mcpDoor: Door = {
  name: 'mcp',
  label: 'mcp',
  ports: ['main'],
  prefixes: ['/mcp'],
  errors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: bearerOnly,
  quietPaths: [],
  finish: ownHeaders,
  bodies: 'json',
  register: (server, get) => get(McpRoutes).register(server),
  sockets: null,
};
