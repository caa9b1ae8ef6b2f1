export { createLogger, type CreateLoggerOptions, LOGGER, type Logger } from './logger.js';
export { NestLogger } from './nest-logger.js';
