export { mcpDoor } from './mcp.door.js';
export { McpModule } from './mcp.module.js';
