export { loginDoor } from './login.door.js';
export { LoginModule } from './login.module.js';
