export { consoleDoor } from './console.door.js';
