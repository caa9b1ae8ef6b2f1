/** Makes one picture and ends: it keeps a thread busy for up to seconds. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Edit, edited } from '../domain/picture-edit.js';

parentPort?.postMessage(edited(workerData as Edit));
