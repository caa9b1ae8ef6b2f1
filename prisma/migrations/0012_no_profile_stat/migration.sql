-- What was learned is one document, scheduler_memory; nothing ever wrote here.
DROP TABLE "profile_stat";
