// npm start: installs and builds what is missing, then runs the service in this process, which signals therefore reach. Nobody else
// starts it again when an error that nobody caught ends it in order: it is told to do so itself.
import process from 'node:process';
import { prepare } from './prepare.mjs';

prepare();
process.env.COMFYMUX_FALLEN ??= '0';
await import('../dist/main.js');
