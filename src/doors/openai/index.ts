export { openAiDoor } from './openai.door.js';
export { OpenAiModule } from './openai.module.js';
