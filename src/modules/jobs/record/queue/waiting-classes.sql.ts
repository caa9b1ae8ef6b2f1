/** For WITH RECURSIVE: classes with waiting jobs, and a null behind the last. */
export const waitingClasses = `waiting AS (
         SELECT min(class_id) AS class_id FROM job WHERE state = 'queued'
         UNION ALL
         SELECT (SELECT min(class_id) FROM job WHERE state = 'queued' AND class_id > w.class_id) FROM waiting w WHERE w.class_id IS NOT NULL)`;
