/* Made of /openapi.json by `npm run cli:types`: the routes that the command line and the console ask. */
export interface paths {
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    principal?: string;
                    tenant?: string;
                    kind?: "workflow" | "node" | "tenant" | "key" | "job";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entries: {
                                id: string;
                                /** Format: date-time */
                                at: string;
                                /** @enum {string} */
                                known_by: "key" | "person" | "link" | "local" | "anonymous" | "everybody" | "nobody";
                                principal: string | null;
                                /** @description Public part of the key that was shown. */
                                key_id: string | null;
                                /** @description Of whoever asked. */
                                tenant: string;
                                verb: string;
                                kind: string;
                                /** @description Method and path. */
                                request: string;
                                address: string;
                                request_id: string;
                                /** @description Of the answer; null when its replica died before it. */
                                status: number | null;
                            }[];
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    tenant?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            batches: {
                                /** Format: uuid */
                                id: string;
                                tenant: string;
                                /** Format: date-time */
                                created_at: string;
                                /** @description All jobs have, one way or another. */
                                ended: boolean;
                                /** @description Of a hundred jobs, how many have ended. */
                                progress: number;
                                /** @description Jobs by state. Jobs that the record has forgotten are in none. */
                                counts: {
                                    [key: string]: number;
                                };
                                url: string;
                                results_url: string;
                                job_count: number;
                            }[];
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            tenant: string;
                            /** Format: date-time */
                            created_at: string;
                            /** @description All jobs have, one way or another. */
                            ended: boolean;
                            /** @description Of a hundred jobs, how many have ended. */
                            progress: number;
                            /** @description Jobs by state. Jobs that the record has forgotten are in none. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description In the order of the submit. */
                            jobs: string[];
                            url: string;
                            results_url: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            tenant: string;
                            /** Format: date-time */
                            created_at: string;
                            /** @description All jobs have, one way or another. */
                            ended: boolean;
                            /** @description Of a hundred jobs, how many have ended. */
                            progress: number;
                            /** @description Jobs by state. Jobs that the record has forgotten are in none. */
                            counts: {
                                [key: string]: number;
                            };
                            /** @description In the order of the submit. */
                            jobs: string[];
                            url: string;
                            results_url: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        workflow: string;
                        /** @default {} */
                        inputs?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description Lets the answer be a job of the tenant that does the same and was submitted with `reuse` too: one that has not ended (`queue`), or also one that succeeded within a day (`1d`). Not together with `webhook` or `deliver`.
                         * @enum {string}
                         */
                        reuse?: "queue" | "1d";
                        /**
                         * @description 0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later.
                         * @default 0
                         */
                        priority?: number;
                        /**
                         * Format: date-time
                         * @description A job that has not ended by then expires.
                         */
                        deadline?: string;
                        labels?: {
                            [key: string]: string;
                        };
                        /** @description Told when the job has ended, or of `events`: a POST of what `GET /v1/jobs/{id}` answers, at least once. */
                        webhook?: {
                            /** Format: uri */
                            url: string;
                            /** @description Signs what is sent; kept sealed. */
                            secret?: string;
                            /** @description What it is told of; without it the end alone. What is sent then names its `event`. */
                            events?: ("started" | "progress" | "output" | "ended")[];
                        };
                        /** @description Where its results are brought when it has succeeded. */
                        deliver?: {
                            /** @description `s3://bucket/prefix`, in a bucket that is open (`BUCKETS`). */
                            to?: string;
                            /** @description Addresses that take a PUT, such as presigned ones: the first result goes to the first. */
                            https_put?: string[];
                            /** @description What pictures are converted to; other results go as they are. */
                            convert?: {
                                /** @enum {string} */
                                format: "webp" | "jpeg" | "png";
                                quality?: number;
                            };
                        };
                        /** @description Whom the job is counted for: one of `/v1/tenants`. Without it `default`. */
                        tenant?: string;
                    } | {
                        graph: {
                            [key: string]: unknown;
                        };
                        extra_data?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description Lets the answer be a job of the tenant that does the same and was submitted with `reuse` too: one that has not ended (`queue`), or also one that succeeded within a day (`1d`). Not together with `webhook` or `deliver`.
                         * @enum {string}
                         */
                        reuse?: "queue" | "1d";
                        /**
                         * @description 0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later.
                         * @default 0
                         */
                        priority?: number;
                        /**
                         * Format: date-time
                         * @description A job that has not ended by then expires.
                         */
                        deadline?: string;
                        labels?: {
                            [key: string]: string;
                        };
                        /** @description Told when the job has ended, or of `events`: a POST of what `GET /v1/jobs/{id}` answers, at least once. */
                        webhook?: {
                            /** Format: uri */
                            url: string;
                            /** @description Signs what is sent; kept sealed. */
                            secret?: string;
                            /** @description What it is told of; without it the end alone. What is sent then names its `event`. */
                            events?: ("started" | "progress" | "output" | "ended")[];
                        };
                        /** @description Where its results are brought when it has succeeded. */
                        deliver?: {
                            /** @description `s3://bucket/prefix`, in a bucket that is open (`BUCKETS`). */
                            to?: string;
                            /** @description Addresses that take a PUT, such as presigned ones: the first result goes to the first. */
                            https_put?: string[];
                            /** @description What pictures are converted to; other results go as they are. */
                            convert?: {
                                /** @enum {string} */
                                format: "webp" | "jpeg" | "png";
                                quality?: number;
                            };
                        };
                        /** @description Whom the job is counted for: one of `/v1/tenants`. Without it `default`. */
                        tenant?: string;
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description At least one node that accepts work can run it. */
                            ready: boolean;
                            /** @description Where it would run. */
                            node_id: string | null;
                            /** @description Null when no node that takes work can run it, or nothing is known. */
                            start: {
                                /** Format: date-time */
                                p50: string;
                                /**
                                 * Format: date-time
                                 * @description Nine of ten are not later.
                                 */
                                p90: string;
                            } | null;
                            end: {
                                /** Format: date-time */
                                p50: string;
                                /**
                                 * Format: date-time
                                 * @description Nine of ten are not later.
                                 */
                                p90: string;
                            } | null;
                            /** @description 1: next; up to 10,000. */
                            queue_position: number;
                            /** @description Models that the node must load for it. */
                            load: {
                                model: string;
                                /** @description Where no node tells it, a guess by the kind of model. */
                                size_bytes: number;
                                seconds: number;
                            }[];
                            /** @description Why nothing is foreseen. */
                            waiting_for: string | null;
                            nodes: {
                                id: string;
                                state: string;
                                accepts_work: boolean;
                                /** @description Null while the inventory of the node is unknown. */
                                ready: boolean | null;
                                missing: {
                                    classes: string[];
                                    models: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    loras: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    choices: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    inputs: {
                                        class: string;
                                        input: string;
                                    }[];
                                } | null;
                                /** @description What its machine lacks: memory, a label, a pool. */
                                refusal: {
                                    filter: string;
                                    detail: string;
                                } | null;
                                /** @description Models that it does not hold in memory. */
                                load: string[];
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    search?: string;
                    kind?: "file" | "class";
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            total: number;
                            entries: {
                                name: string;
                                node_count: number;
                                /** @description The first fifty that have it. */
                                nodes: string[];
                                /** @description Of those fifty, the nodes that hold it in memory. */
                                in_memory: string[];
                                /** @description Named workflows that need it. */
                                workflows: string[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    state?: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                    workflow?: string;
                    tenant?: string;
                    /** @description Who submitted it. */
                    principal?: string;
                    /** @description Where it came in: `v1`, `native`, `compat-5014`, … */
                    door?: string;
                    /** @description The node of its latest attempt. */
                    node?: string;
                    label?: string;
                    ended_after?: string;
                    /** @description The beginning of an id, or a part of tenant, workflow, label or error. A page may then hold fewer than `limit`, or none: `next_cursor` goes on with older jobs. */
                    search?: string;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                    limit?: number;
                    /** @description `label.NAME=VALUE`, all of which must be on the job. */
                    labels?: {
                        [key: string]: string;
                    };
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            jobs: {
                                /** Format: uuid */
                                id: string;
                                /** @enum {string} */
                                state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                                /** @description 0–100 while it runs, 100 after success. */
                                progress: number | null;
                                tenant: string;
                                workflow: string | null;
                                priority: number;
                                labels: {
                                    [key: string]: string;
                                } | null;
                                /** @description Node of the latest attempt. */
                                node_id: string | null;
                                attempts: number;
                                cancel_requested: boolean;
                                /** @description W3C trace that the job is a part of. */
                                trace_id: string | null;
                                /** Format: date-time */
                                created_at: string;
                                started_at: string | null;
                                finished_at: string | null;
                                /** @description Why a queued job waits. */
                                waiting_for: string | null;
                                /** @description 1: next; counts the queued jobs that sort before it, up to 10,000. Null unless it is queued, or not known. */
                                queue_position: number | null;
                                /** @description Null when it has ended, or nothing can be expected: no node that takes work can run it. */
                                eta: {
                                    /**
                                     * Format: date-time
                                     * @description Expected start; of a job that has started, when it did.
                                     */
                                    start: string;
                                    /** Format: date-time */
                                    end: string;
                                    /**
                                     * Format: date-time
                                     * @description Nine of ten jobs end before this.
                                     */
                                    end_p90: string;
                                } | null;
                                error: {
                                    code: string;
                                    message: string;
                                    details?: unknown;
                                } | null;
                                outputs: {
                                    graph_node: string;
                                    key: string;
                                    filename: string;
                                    subfolder: string;
                                    type: string;
                                    format: string;
                                    mime: string;
                                    sha256: string;
                                    size_bytes: number;
                                    url: string;
                                    /** @description A result that is a text (type `text`): its first 16,384 characters; the file has all of it. */
                                    text: string | null;
                                }[];
                            }[];
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Repeating a request under the same key within a day answers with the job of the first; another body under it is refused with 409. */
                    "Idempotency-Key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        workflow: string;
                        /** @default {} */
                        inputs?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description Lets the answer be a job of the tenant that does the same and was submitted with `reuse` too: one that has not ended (`queue`), or also one that succeeded within a day (`1d`). Not together with `webhook` or `deliver`.
                         * @enum {string}
                         */
                        reuse?: "queue" | "1d";
                        /**
                         * @description 0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later.
                         * @default 0
                         */
                        priority?: number;
                        /**
                         * Format: date-time
                         * @description A job that has not ended by then expires.
                         */
                        deadline?: string;
                        labels?: {
                            [key: string]: string;
                        };
                        /** @description Told when the job has ended, or of `events`: a POST of what `GET /v1/jobs/{id}` answers, at least once. */
                        webhook?: {
                            /** Format: uri */
                            url: string;
                            /** @description Signs what is sent; kept sealed. */
                            secret?: string;
                            /** @description What it is told of; without it the end alone. What is sent then names its `event`. */
                            events?: ("started" | "progress" | "output" | "ended")[];
                        };
                        /** @description Where its results are brought when it has succeeded. */
                        deliver?: {
                            /** @description `s3://bucket/prefix`, in a bucket that is open (`BUCKETS`). */
                            to?: string;
                            /** @description Addresses that take a PUT, such as presigned ones: the first result goes to the first. */
                            https_put?: string[];
                            /** @description What pictures are converted to; other results go as they are. */
                            convert?: {
                                /** @enum {string} */
                                format: "webp" | "jpeg" | "png";
                                quality?: number;
                            };
                        };
                        /** @description Whom the job is counted for: one of `/v1/tenants`. Without it `default`. */
                        tenant?: string;
                    } | {
                        graph: {
                            [key: string]: unknown;
                        };
                        extra_data?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description Lets the answer be a job of the tenant that does the same and was submitted with `reuse` too: one that has not ended (`queue`), or also one that succeeded within a day (`1d`). Not together with `webhook` or `deliver`.
                         * @enum {string}
                         */
                        reuse?: "queue" | "1d";
                        /**
                         * @description 0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later.
                         * @default 0
                         */
                        priority?: number;
                        /**
                         * Format: date-time
                         * @description A job that has not ended by then expires.
                         */
                        deadline?: string;
                        labels?: {
                            [key: string]: string;
                        };
                        /** @description Told when the job has ended, or of `events`: a POST of what `GET /v1/jobs/{id}` answers, at least once. */
                        webhook?: {
                            /** Format: uri */
                            url: string;
                            /** @description Signs what is sent; kept sealed. */
                            secret?: string;
                            /** @description What it is told of; without it the end alone. What is sent then names its `event`. */
                            events?: ("started" | "progress" | "output" | "ended")[];
                        };
                        /** @description Where its results are brought when it has succeeded. */
                        deliver?: {
                            /** @description `s3://bucket/prefix`, in a bucket that is open (`BUCKETS`). */
                            to?: string;
                            /** @description Addresses that take a PUT, such as presigned ones: the first result goes to the first. */
                            https_put?: string[];
                            /** @description What pictures are converted to; other results go as they are. */
                            convert?: {
                                /** @enum {string} */
                                format: "webp" | "jpeg" | "png";
                                quality?: number;
                            };
                        };
                        /** @description Whom the job is counted for: one of `/v1/tenants`. Without it `default`. */
                        tenant?: string;
                    };
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            /**
                             * @description It is a job that was there: see `reuse`.
                             * @constant
                             */
                            reused?: true;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                            /** @description 0–100 while it runs, 100 after success. */
                            progress: number | null;
                            tenant: string;
                            workflow: string | null;
                            priority: number;
                            labels: {
                                [key: string]: string;
                            } | null;
                            /** @description Node of the latest attempt. */
                            node_id: string | null;
                            attempts: number;
                            cancel_requested: boolean;
                            /** @description W3C trace that the job is a part of. */
                            trace_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            started_at: string | null;
                            finished_at: string | null;
                            /** @description Why a queued job waits. */
                            waiting_for: string | null;
                            /** @description 1: next; counts the queued jobs that sort before it, up to 10,000. Null unless it is queued, or not known. */
                            queue_position: number | null;
                            /** @description Null when it has ended, or nothing can be expected: no node that takes work can run it. */
                            eta: {
                                /**
                                 * Format: date-time
                                 * @description Expected start; of a job that has started, when it did.
                                 */
                                start: string;
                                /** Format: date-time */
                                end: string;
                                /**
                                 * Format: date-time
                                 * @description Nine of ten jobs end before this.
                                 */
                                end_p90: string;
                            } | null;
                            error: {
                                code: string;
                                message: string;
                                details?: unknown;
                            } | null;
                            outputs: {
                                graph_node: string;
                                key: string;
                                filename: string;
                                subfolder: string;
                                type: string;
                                format: string;
                                mime: string;
                                sha256: string;
                                size_bytes: number;
                                url: string;
                                /** @description A result that is a text (type `text`): its first 16,384 characters; the file has all of it. */
                                text: string | null;
                            }[];
                            /** @description Where its results are brought, if somebody asked for it. */
                            deliver: {
                                /** @description The place in a bucket, or the origins of the addresses. */
                                to: string;
                                convert: string | null;
                                /** @description How many results are where, for a week; all 0 until the job has succeeded. */
                                files: {
                                    waiting: number;
                                    delivered: number;
                                    given_up: number;
                                };
                            } | null;
                            history: {
                                /** Format: uuid */
                                prompt_id: string;
                                no: number;
                                node_id: string;
                                state: string;
                                outcome: string | null;
                                error: {
                                    code: string;
                                    message: string;
                                    details?: unknown;
                                } | null;
                                decision: unknown;
                                /** Format: date-time */
                                created_at: string;
                                running_at: string | null;
                                closed_at: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description 0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later. */
                        priority: number;
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                            priority: number;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                            /** @description The latest placement. */
                            placed: {
                                node_id: string;
                                cost_s: number;
                                /** @description Seconds by term, in full. They add up to the cost, of which the run itself is counted half. */
                                terms: {
                                    [key: string]: number;
                                };
                                /** Format: date-time */
                                at: string;
                                attempt: number;
                                /** @description Posted behind the prompt that ran there, in its last seconds. */
                                behind_another: boolean;
                                /** @description How long it was kept back for a warm node. */
                                held_s: number;
                                /** @description The node was kept for it. */
                                reserved: boolean;
                                /** @description The order key that won, in virtual seconds. */
                                key: number;
                                /** @description The other free nodes that could have taken it, best first. */
                                runners_up: {
                                    node_id: string;
                                    cost_s: number;
                                    /** @description Seconds by term, in full. They add up to the cost, of which the run itself is counted half. */
                                    terms: {
                                        [key: string]: number;
                                    };
                                }[];
                            } | null;
                            waiting: {
                                kind: string;
                                /** @description For a person. */
                                reason: string;
                                details: {
                                    [key: string]: unknown;
                                };
                            } | null;
                            /** @description 1: next; counts the queued jobs that sort before it, up to 10,000. Null unless it is queued, or not known. */
                            queue_position: number | null;
                            /** @description Null when it has ended, or nothing can be expected: no node that takes work can run it. */
                            eta: {
                                /**
                                 * Format: date-time
                                 * @description Expected start; of a job that has started, when it did.
                                 */
                                start: string;
                                /** Format: date-time */
                                end: string;
                                /**
                                 * Format: date-time
                                 * @description Nine of ten jobs end before this.
                                 */
                                end_p90: string;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description In API format, with the names that files had when they were asked for. Null when it can no longer be made. */
                            graph: {
                                [key: string]: unknown;
                            } | null;
                            /** @description What a named workflow was asked with, its seeds included; null for a graph. */
                            inputs: {
                                [key: string]: unknown;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            /**
                             * @description It is a job that was there: see `reuse`.
                             * @constant
                             */
                            reused?: true;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs:cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        tenant?: string;
                        workflow?: string;
                        /** @enum {string} */
                        state?: "queued" | "delayed" | "active";
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description They have ended. */
                            cancelled: number;
                            /** @description They run; each ends when its node has stopped. */
                            stopping: number;
                            /** @description More than 1000 fit: call again. */
                            more: boolean;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            keys: {
                                /** @description The public part of the key. */
                                id: string;
                                principal: string;
                                tenant: string;
                                name: string;
                                /** @description Null where what is kept of it makes no sense: it opens nothing. */
                                role: ("metrics" | "read" | "submit" | "operator" | "admin") | null;
                                rights: ("jump" | "sees_content")[];
                                doors: string[] | null;
                                workflows: string[] | null;
                                networks: string[] | null;
                                /** Format: date-time */
                                created_at: string;
                                created_by: string | null;
                                expires_at: string | null;
                                /** @description To the minute. */
                                used_at: string | null;
                                revoked_at: string | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Whose it is: a person or a program; made where it is new. */
                        principal: string;
                        /** @default default */
                        tenant?: string;
                        /** @description For people. Without it that of the principal. */
                        name?: string;
                        /** @enum {string} */
                        role: "metrics" | "read" | "submit" | "operator" | "admin";
                        /** @default [] */
                        rights?: ("jump" | "sees_content")[];
                        /**
                         * @description Names of doors, as `door` of a job tells them.
                         * @default null
                         */
                        doors?: string[] | null;
                        /**
                         * @description Named workflows; such a key submits no graphs.
                         * @default null
                         */
                        workflows?: string[] | null;
                        /**
                         * @description Where it may be used from.
                         * @default null
                         */
                        networks?: (string)[] | null;
                        /**
                         * Format: date-time
                         * @default null
                         */
                        expires_at?: string | null;
                    };
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The public part of the key. */
                            id: string;
                            principal: string;
                            tenant: string;
                            name: string;
                            /** @description Null where what is kept of it makes no sense: it opens nothing. */
                            role: ("metrics" | "read" | "submit" | "operator" | "admin") | null;
                            rights: ("jump" | "sees_content")[];
                            doors: string[] | null;
                            workflows: string[] | null;
                            networks: string[] | null;
                            /** Format: date-time */
                            created_at: string;
                            created_by: string | null;
                            expires_at: string | null;
                            /** @description To the minute. */
                            used_at: string | null;
                            revoked_at: string | null;
                            /** @description The key itself: told this once. */
                            key: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The public part of the key. */
                            id: string;
                            principal: string;
                            tenant: string;
                            name: string;
                            /** @description Null where what is kept of it makes no sense: it opens nothing. */
                            role: ("metrics" | "read" | "submit" | "operator" | "admin") | null;
                            rights: ("jump" | "sees_content")[];
                            doors: string[] | null;
                            workflows: string[] | null;
                            networks: string[] | null;
                            /** Format: date-time */
                            created_at: string;
                            created_by: string | null;
                            expires_at: string | null;
                            /** @description To the minute. */
                            used_at: string | null;
                            revoked_at: string | null;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description How many there were. */
                            ended: number;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description How long the old key goes on.
                         * @default 86400
                         */
                        grace_s?: number;
                    };
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The public part of the key. */
                            id: string;
                            principal: string;
                            tenant: string;
                            name: string;
                            /** @description Null where what is kept of it makes no sense: it opens nothing. */
                            role: ("metrics" | "read" | "submit" | "operator" | "admin") | null;
                            rights: ("jump" | "sees_content")[];
                            doors: string[] | null;
                            workflows: string[] | null;
                            networks: string[] | null;
                            /** Format: date-time */
                            created_at: string;
                            created_by: string | null;
                            expires_at: string | null;
                            /** @description To the minute. */
                            used_at: string | null;
                            revoked_at: string | null;
                            /** @description The key itself: told this once. */
                            key: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description `key`; `person`, known by OpenID Connect; or `local` at this machine, `anonymous` where that is open, `everybody` while AUTH is off.
                             * @enum {string}
                             */
                            kind: "key" | "person" | "link" | "local" | "anonymous" | "everybody" | "nobody";
                            principal: string | null;
                            tenant: string;
                            role: ("metrics" | "read" | "submit" | "operator" | "admin") | null;
                            rights: ("jump" | "sees_content")[];
                            key_id: string | null;
                            /** @description By the cookie of a browser: `/login` ends that. */
                            logged_in: boolean;
                            doors: string[] | null;
                            workflows: string[] | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    /** @description Nodes in one answer; all of them where it is not given. */
                    limit?: number;
                    /** @description `next_cursor` of the page before. */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                id: string;
                                url: string;
                                source: string;
                                /** @enum {string} */
                                state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                                /** @enum {string} */
                                admin: "active" | "draining" | "drained" | "disabled";
                                /** @description Its source has let go of it: it is forgotten when its work is done. */
                                leaving: boolean;
                                flags: string[];
                                /** @enum {string} */
                                breaker: "closed" | "open" | "half_open";
                                accepts_work: boolean;
                                reason: string | null;
                                weight: number;
                                labels: {
                                    [key: string]: string;
                                };
                                version: string | null;
                                devices: {
                                    name: string;
                                    type: string;
                                    vram_total_bytes: number;
                                }[];
                                inventory_hash: string | null;
                                last_seen_at: string | null;
                            }[];
                            /** @description Goes on from there; null where no node is left. */
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Name of the node, unique. */
                        id: string;
                        /** @description Where ComfyUI listens; userinfo is sent as basic auth and never shown. */
                        url: string;
                        /**
                         * @description 2 makes the node look twice as fast; 0 gives it no work.
                         * @default 1
                         */
                        weight?: number;
                        /** @default {} */
                        labels?: {
                            [key: string]: string;
                        };
                    };
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            url: string;
                            source: string;
                            /** @enum {string} */
                            state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                            /** @enum {string} */
                            admin: "active" | "draining" | "drained" | "disabled";
                            /** @description Its source has let go of it: it is forgotten when its work is done. */
                            leaving: boolean;
                            flags: string[];
                            /** @enum {string} */
                            breaker: "closed" | "open" | "half_open";
                            accepts_work: boolean;
                            reason: string | null;
                            weight: number;
                            labels: {
                                [key: string]: string;
                            };
                            version: string | null;
                            devices: {
                                name: string;
                                type: string;
                                vram_total_bytes: number;
                            }[];
                            inventory_hash: string | null;
                            last_seen_at: string | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            url: string;
                            source: string;
                            /** @enum {string} */
                            state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                            /** @enum {string} */
                            admin: "active" | "draining" | "drained" | "disabled";
                            /** @description Its source has let go of it: it is forgotten when its work is done. */
                            leaving: boolean;
                            flags: string[];
                            /** @enum {string} */
                            breaker: "closed" | "open" | "half_open";
                            accepts_work: boolean;
                            reason: string | null;
                            weight: number;
                            labels: {
                                [key: string]: string;
                            };
                            version: string | null;
                            devices: {
                                name: string;
                                type: string;
                                vram_total_bytes: number;
                            }[];
                            inventory_hash: string | null;
                            last_seen_at: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        url?: string;
                        weight?: number;
                        labels?: {
                            [key: string]: string;
                        };
                        /** @enum {string} */
                        admin?: "active" | "draining" | "disabled";
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            url: string;
                            source: string;
                            /** @enum {string} */
                            state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                            /** @enum {string} */
                            admin: "active" | "draining" | "drained" | "disabled";
                            /** @description Its source has let go of it: it is forgotten when its work is done. */
                            leaving: boolean;
                            flags: string[];
                            /** @enum {string} */
                            breaker: "closed" | "open" | "half_open";
                            accepts_work: boolean;
                            reason: string | null;
                            weight: number;
                            labels: {
                                [key: string]: string;
                            };
                            version: string | null;
                            devices: {
                                name: string;
                                type: string;
                                vram_total_bytes: number;
                            }[];
                            inventory_hash: string | null;
                            last_seen_at: string | null;
                        };
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/nodes/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            url: string;
                            source: string;
                            /** @enum {string} */
                            state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                            /** @enum {string} */
                            admin: "active" | "draining" | "drained" | "disabled";
                            /** @description Its source has let go of it: it is forgotten when its work is done. */
                            leaving: boolean;
                            flags: string[];
                            /** @enum {string} */
                            breaker: "closed" | "open" | "half_open";
                            accepts_work: boolean;
                            reason: string | null;
                            weight: number;
                            labels: {
                                [key: string]: string;
                            };
                            version: string | null;
                            devices: {
                                name: string;
                                type: string;
                                vram_total_bytes: number;
                            }[];
                            inventory_hash: string | null;
                            last_seen_at: string | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{id}/residency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            /** @description What the node tells of its memory. */
                            memory: {
                                vram_total_bytes: number;
                                vram_free_bytes: number;
                            } | null;
                            /** @description Believed to be in memory, the most recently used first; the leader writes it down every ten seconds. */
                            models: {
                                name: string;
                                size_bytes: number | null;
                                last_used_at: string | null;
                                last_job_id: string | null;
                                evidence: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    hours?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            /** Format: date-time */
                            from: string;
                            /** Format: date-time */
                            to: string;
                            runs: {
                                /** Format: uuid */
                                job_id: string;
                                /** Format: uuid */
                                prompt_id: string;
                                workflow: string | null;
                                state: string;
                                outcome: string | null;
                                error_code: string | null;
                                /** Format: date-time */
                                placed_at: string;
                                run_from: string | null;
                                run_to: string | null;
                                closed_at: string | null;
                                /** @description The part of the run that was no sampling: loads above all. */
                                set_up_ms: number | null;
                                /** @description Whether it was placed where its models were not in memory. */
                                loads_models: boolean | null;
                            }[];
                            /** @description A second or longer without a run. */
                            gaps: {
                                /** Format: date-time */
                                from: string;
                                /** Format: date-time */
                                to: string;
                            }[];
                            /** @description Of the span, in which it ran something. */
                            busy_share: number;
                            /** @description There are older runs in the span than are told. */
                            truncated: boolean;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{id}/undrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            url: string;
                            source: string;
                            /** @enum {string} */
                            state: "unknown" | "probing" | "ready" | "suspect" | "incompatible" | "down";
                            /** @enum {string} */
                            admin: "active" | "draining" | "drained" | "disabled";
                            /** @description Its source has let go of it: it is forgotten when its work is done. */
                            leaving: boolean;
                            flags: string[];
                            /** @enum {string} */
                            breaker: "closed" | "open" | "half_open";
                            accepts_work: boolean;
                            reason: string | null;
                            weight: number;
                            labels: {
                                [key: string]: string;
                            };
                            version: string | null;
                            devices: {
                                name: string;
                                type: string;
                                vram_total_bytes: number;
                            }[];
                            inventory_hash: string | null;
                            last_seen_at: string | null;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/principals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            principals: {
                                id: string;
                                tenant: string;
                                name: string;
                                /** Format: date-time */
                                created_at: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/principals/{id}/logins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description How many there were. */
                            ended: number;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            queued: number;
                            /** @description Jobs that pause before their next try. */
                            delayed: number;
                            active: number;
                            /** @description Submit of the oldest that waits. */
                            oldest_at: string | null;
                            workflows: {
                                workflow: string | null;
                                queued: number;
                                /** @description Jobs that pause before their next try. */
                                delayed: number;
                                active: number;
                                /** @description Submit of the oldest that waits. */
                                oldest_at: string | null;
                            }[];
                            /** @description Those beyond the hundred with most jobs. */
                            other_workflows: {
                                queued: number;
                                /** @description Jobs that pause before their next try. */
                                delayed: number;
                                active: number;
                                /** @description Submit of the oldest that waits. */
                                oldest_at: string | null;
                            } | null;
                            tenants: {
                                tenant: string;
                                queued: number;
                                /** @description Jobs that pause before their next try. */
                                delayed: number;
                                active: number;
                                /** @description Submit of the oldest that waits. */
                                oldest_at: string | null;
                            }[];
                            /** @description Those beyond the hundred with most jobs. */
                            other_tenants: {
                                queued: number;
                                /** @description Jobs that pause before their next try. */
                                delayed: number;
                                active: number;
                                /** @description Submit of the oldest that waits. */
                                oldest_at: string | null;
                            } | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Every named workflow can run on some node that accepts work. */
                            ready: boolean;
                            workflows: {
                                /** @description At least one node that accepts work can run it. */
                                ready: boolean;
                                /** @description Embeddings that its texts name and no node has: it runs without them, as on a ComfyUI of its own. */
                                ignored: string[];
                                nodes: {
                                    id: string;
                                    state: string;
                                    accepts_work: boolean;
                                    /** @description Null while the inventory of the node is unknown. */
                                    ready: boolean | null;
                                    missing: {
                                        classes: string[];
                                        models: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        loras: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        choices: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        inputs: {
                                            class: string;
                                            input: string;
                                        }[];
                                    } | null;
                                }[];
                                name: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        graph: Record<string, never>;
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description At least one node that accepts work can run it. */
                            ready: boolean;
                            /** @description Embeddings that its texts name and no node has: it runs without them, as on a ComfyUI of its own. */
                            ignored: string[];
                            nodes: {
                                id: string;
                                state: string;
                                accepts_work: boolean;
                                /** @description Null while the inventory of the node is unknown. */
                                ready: boolean | null;
                                missing: {
                                    classes: string[];
                                    models: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    loras: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    choices: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    inputs: {
                                        class: string;
                                        input: string;
                                    }[];
                                } | null;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/readiness/alike": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Every named workflow can run on some node that accepts work. */
                            ready: boolean;
                            workflows: {
                                name: string;
                                ready: boolean;
                                /** @description Nodes that accept work and can run it. */
                                able_nodes: number;
                                /** @description Embeddings that its texts name and no node has: it runs without them, as on a ComfyUI of its own. */
                                ignored: string[];
                            }[];
                            /** @description Nodes that can run the same workflows and lack the same for the others; the largest first. */
                            groups: {
                                nodes: {
                                    id: string;
                                    accepts_work: boolean;
                                }[];
                                workflows: {
                                    name: string;
                                    /** @description Null while the inventory of the node is unknown. */
                                    ready: boolean | null;
                                    missing: {
                                        classes: string[];
                                        models: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        loras: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        choices: {
                                            class: string;
                                            input: string;
                                            value: unknown;
                                            /** @description The most similar name that the node has. */
                                            nearest?: string;
                                        }[];
                                        inputs: {
                                            class: string;
                                            input: string;
                                        }[];
                                    } | null;
                                }[];
                            }[];
                            /** @description Nodes of the groups beyond the hundred largest. */
                            other_nodes: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    minutes?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            minutes: {
                                /** Format: date-time */
                                at: string;
                                submitted: number;
                                succeeded: number;
                                failed: number;
                                cancelled: number;
                                expired: number;
                                /** @description From submit to start, of the jobs that ended then. */
                                wait_p50_s: number | null;
                                wait_p95_s: number | null;
                            }[];
                            failures: {
                                code: string;
                                workflow: string | null;
                                node_id: string | null;
                                jobs: number;
                                /** Format: uuid */
                                last_job_id: string;
                                last_message: string | null;
                                /** Format: date-time */
                                last_at: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            tenants: {
                                /**
                                 * @description Share of the cluster when several tenants have work: 2 gets twice as much as 1.
                                 * @default 1
                                 */
                                weight: number;
                                /**
                                 * @description Waiting jobs beyond which a submit is refused with 429; null leaves it to MAX_QUEUED_JOBS.
                                 * @default null
                                 */
                                max_queued: number | null;
                                /**
                                 * @description Jobs that may be at nodes at one time; null sets no limit.
                                 * @default null
                                 */
                                max_active: number | null;
                                /**
                                 * @description Jobs that it may submit in a day (UTC), beyond which a submit is refused with 429; null sets no limit.
                                 * @default null
                                 */
                                max_jobs_per_day: number | null;
                                /**
                                 * @description GPU seconds of the jobs that it submits in a day (UTC): what those that ended took, and what the others are expected to take. Beyond it a submit is refused with 429; null sets no limit.
                                 * @default null
                                 */
                                max_gpu_seconds_per_day: number | null;
                                /**
                                 * @description Bytes of the files that it may keep, uploads and results, each content once. An upload that does not fit is refused with 413, a job whose results do not fit fails, and who has no room left is refused a submit with 429; null sets no limit.
                                 * @default null
                                 */
                                max_stored_bytes: number | null;
                                /**
                                 * @description Bytes of the files that it may send in a day (UTC), beyond which an upload is refused with 429; null sets no limit.
                                 * @default null
                                 */
                                max_uploaded_bytes_per_day: number | null;
                                /**
                                 * @description WebSockets and event streams that it may have open at one time, at all replicas together, beyond which one more is refused with 429; null sets no limit.
                                 * @default null
                                 */
                                max_streams: number | null;
                                /**
                                 * @description Bytes of the settings and files that the web UI may keep for it, beyond which more is refused with 413; null sets no limit.
                                 * @default null
                                 */
                                max_user_data_bytes: number | null;
                                id: string;
                                /** @description Bytes of the files that it keeps now, each content once. */
                                stored_bytes: number;
                                /** @description Bytes of the files that it sent since midnight, UTC. */
                                uploaded_bytes_today: number;
                                /** @description WebSockets and event streams that are open now; up to five seconds old where they have no limit. */
                                open_streams: number;
                                /** @description Bytes of the settings and files that the web UI keeps for it. */
                                user_data_bytes: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Share of the cluster when several tenants have work: 2 gets twice as much as 1.
                             * @default 1
                             */
                            weight: number;
                            /**
                             * @description Waiting jobs beyond which a submit is refused with 429; null leaves it to MAX_QUEUED_JOBS.
                             * @default null
                             */
                            max_queued: number | null;
                            /**
                             * @description Jobs that may be at nodes at one time; null sets no limit.
                             * @default null
                             */
                            max_active: number | null;
                            /**
                             * @description Jobs that it may submit in a day (UTC), beyond which a submit is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_jobs_per_day: number | null;
                            /**
                             * @description GPU seconds of the jobs that it submits in a day (UTC): what those that ended took, and what the others are expected to take. Beyond it a submit is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_gpu_seconds_per_day: number | null;
                            /**
                             * @description Bytes of the files that it may keep, uploads and results, each content once. An upload that does not fit is refused with 413, a job whose results do not fit fails, and who has no room left is refused a submit with 429; null sets no limit.
                             * @default null
                             */
                            max_stored_bytes: number | null;
                            /**
                             * @description Bytes of the files that it may send in a day (UTC), beyond which an upload is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_uploaded_bytes_per_day: number | null;
                            /**
                             * @description WebSockets and event streams that it may have open at one time, at all replicas together, beyond which one more is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_streams: number | null;
                            /**
                             * @description Bytes of the settings and files that the web UI may keep for it, beyond which more is refused with 413; null sets no limit.
                             * @default null
                             */
                            max_user_data_bytes: number | null;
                            id: string;
                            /** @description Bytes of the files that it keeps now, each content once. */
                            stored_bytes: number;
                            /** @description Bytes of the files that it sent since midnight, UTC. */
                            uploaded_bytes_today: number;
                            /** @description WebSockets and event streams that are open now; up to five seconds old where they have no limit. */
                            open_streams: number;
                            /** @description Bytes of the settings and files that the web UI keeps for it. */
                            user_data_bytes: number;
                        };
                    };
                };
            };
        };
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description Share of the cluster when several tenants have work: 2 gets twice as much as 1.
                         * @default 1
                         */
                        weight?: number;
                        /**
                         * @description Waiting jobs beyond which a submit is refused with 429; null leaves it to MAX_QUEUED_JOBS.
                         * @default null
                         */
                        max_queued?: number | null;
                        /**
                         * @description Jobs that may be at nodes at one time; null sets no limit.
                         * @default null
                         */
                        max_active?: number | null;
                        /**
                         * @description Jobs that it may submit in a day (UTC), beyond which a submit is refused with 429; null sets no limit.
                         * @default null
                         */
                        max_jobs_per_day?: number | null;
                        /**
                         * @description GPU seconds of the jobs that it submits in a day (UTC): what those that ended took, and what the others are expected to take. Beyond it a submit is refused with 429; null sets no limit.
                         * @default null
                         */
                        max_gpu_seconds_per_day?: number | null;
                        /**
                         * @description Bytes of the files that it may keep, uploads and results, each content once. An upload that does not fit is refused with 413, a job whose results do not fit fails, and who has no room left is refused a submit with 429; null sets no limit.
                         * @default null
                         */
                        max_stored_bytes?: number | null;
                        /**
                         * @description Bytes of the files that it may send in a day (UTC), beyond which an upload is refused with 429; null sets no limit.
                         * @default null
                         */
                        max_uploaded_bytes_per_day?: number | null;
                        /**
                         * @description WebSockets and event streams that it may have open at one time, at all replicas together, beyond which one more is refused with 429; null sets no limit.
                         * @default null
                         */
                        max_streams?: number | null;
                        /**
                         * @description Bytes of the settings and files that the web UI may keep for it, beyond which more is refused with 413; null sets no limit.
                         * @default null
                         */
                        max_user_data_bytes?: number | null;
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Share of the cluster when several tenants have work: 2 gets twice as much as 1.
                             * @default 1
                             */
                            weight: number;
                            /**
                             * @description Waiting jobs beyond which a submit is refused with 429; null leaves it to MAX_QUEUED_JOBS.
                             * @default null
                             */
                            max_queued: number | null;
                            /**
                             * @description Jobs that may be at nodes at one time; null sets no limit.
                             * @default null
                             */
                            max_active: number | null;
                            /**
                             * @description Jobs that it may submit in a day (UTC), beyond which a submit is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_jobs_per_day: number | null;
                            /**
                             * @description GPU seconds of the jobs that it submits in a day (UTC): what those that ended took, and what the others are expected to take. Beyond it a submit is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_gpu_seconds_per_day: number | null;
                            /**
                             * @description Bytes of the files that it may keep, uploads and results, each content once. An upload that does not fit is refused with 413, a job whose results do not fit fails, and who has no room left is refused a submit with 429; null sets no limit.
                             * @default null
                             */
                            max_stored_bytes: number | null;
                            /**
                             * @description Bytes of the files that it may send in a day (UTC), beyond which an upload is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_uploaded_bytes_per_day: number | null;
                            /**
                             * @description WebSockets and event streams that it may have open at one time, at all replicas together, beyond which one more is refused with 429; null sets no limit.
                             * @default null
                             */
                            max_streams: number | null;
                            /**
                             * @description Bytes of the settings and files that the web UI may keep for it, beyond which more is refused with 413; null sets no limit.
                             * @default null
                             */
                            max_user_data_bytes: number | null;
                            id: string;
                            /** @description Bytes of the files that it keeps now, each content once. */
                            stored_bytes: number;
                            /** @description Bytes of the files that it sent since midnight, UTC. */
                            uploaded_bytes_today: number;
                            /** @description WebSockets and event streams that are open now; up to five seconds old where they have no limit. */
                            open_streams: number;
                            /** @description Bytes of the settings and files that the web UI keeps for it. */
                            user_data_bytes: number;
                        };
                    };
                };
            };
        };
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: {
                    /** @description What is told apart: `tenant`, `workflow`, `day`, comma separated; all of them unless said. */
                    by?: string;
                    /** @description The first day (UTC); a month before `to` unless said. */
                    from?: string;
                    /** @description The last day (UTC), today unless said. */
                    to?: string;
                    tenant?: string;
                    workflow?: string;
                    /** @description `Accept: text/csv` says the same. */
                    format?: "json" | "csv";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: date */
                            from: string;
                            /** Format: date */
                            to: string;
                            usage: {
                                tenant?: string;
                                /** @description Null for graphs without a name. */
                                workflow?: string | null;
                                /** Format: date */
                                day?: string;
                                /** @description Jobs that ended. */
                                jobs: number;
                                /** @description Runs that a node began, failed ones too. */
                                runs: number;
                                /** @description What those took of their nodes, by the nodes' clocks where they told. */
                                gpu_seconds: number;
                                /** @description Of the input files of the jobs. */
                                input_bytes: number;
                                /** @description Of the results that they made anew. */
                                output_bytes: number;
                            }[];
                        };
                        "text/csv": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            version: string;
                            node: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            workflows: {
                                name: string;
                                title: string;
                                description: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            title: string;
                            description: string;
                            /** @description JSON Schema (draft 2020-12) of the inputs a job may set. */
                            inputs: {
                                [key: string]: unknown;
                            };
                            outputs: {
                                graph_node: string;
                                /** @enum {string} */
                                kind: "video" | "image" | "audio" | "text" | "file";
                                title: string | null;
                            }[];
                            requirements: {
                                node_classes: string[];
                                models: string[];
                                loras: string[];
                                choices: {
                                    class: string;
                                    input: string;
                                    value: string | number | boolean;
                                }[];
                            };
                            max_run_ms: number | null;
                        };
                    };
                };
            };
        };
        put: {
            parameters: {
                query?: {
                    /** @description The channel that points at the version afterwards. */
                    channel?: string;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            /** @description Or the workflow alone, in either format. */
            requestBody: {
                content: {
                    "application/json": {
                        /** @description In API format, or as the editor saves it. */
                        graph: {
                            [key: string]: unknown;
                        };
                        /** @description Shape of `<name>.manifest.json`. Without it one is proposed. */
                        manifest?: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            version: string;
                            channel: string;
                            /** @description The version was not known before. */
                            is_new: boolean;
                            /** @description Of the manifest, where none was given. */
                            guessed: {
                                input: string;
                                why: string;
                            }[];
                            /** @description What was odd in the workflow and left a graph all the same. */
                            problems: {
                                code: string;
                                message: string;
                                graph_node: string;
                                input?: string;
                            }[];
                        };
                    };
                };
            };
        };
        post?: never;
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}/channels/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                    channel: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The first digits of a version, seven or more, or a channel. */
                        version: string;
                    };
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            channel: string;
                            version: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query: {
                    /** @description The first digits of a version, seven or more, or a channel. */
                    from: string;
                    /** @description The first digits of a version, seven or more, or a channel. */
                    to?: string;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            added: ({
                                graph_node: string;
                            } & {
                                [key: string]: unknown;
                            })[];
                            removed: ({
                                graph_node: string;
                            } & {
                                [key: string]: unknown;
                            })[];
                            changed: ({
                                graph_node: string;
                            } & {
                                [key: string]: unknown;
                            })[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}/readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description At least one node that accepts work can run it. */
                            ready: boolean;
                            /** @description Embeddings that its texts name and no node has: it runs without them, as on a ComfyUI of its own. */
                            ignored: string[];
                            nodes: {
                                id: string;
                                state: string;
                                accepts_work: boolean;
                                /** @description Null while the inventory of the node is unknown. */
                                ready: boolean | null;
                                missing: {
                                    classes: string[];
                                    models: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    loras: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    choices: {
                                        class: string;
                                        input: string;
                                        value: unknown;
                                        /** @description The most similar name that the node has. */
                                        nearest?: string;
                                    }[];
                                    inputs: {
                                        class: string;
                                        input: string;
                                    }[];
                                } | null;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: {
                    /** @description Seconds to wait for the end. Without it the answer is 202 at once. */
                    wait?: number;
                    /** @description Whom the job is counted for: one of `/v1/tenants`. Without it `default`. */
                    tenant?: string;
                    /** @description As in `POST /v1/jobs`. */
                    priority?: number;
                    /** @description A job that has not ended by then expires. */
                    deadline?: string;
                    /** @description As `webhook.url` in `POST /v1/jobs`. */
                    webhook?: string;
                    /** @description As `deliver.to` in `POST /v1/jobs`. */
                    deliver_to?: string;
                    /** @description As `deliver.convert.format` there. */
                    deliver_format?: "webp" | "jpeg" | "png";
                    /** @description As `webhook.events` there, comma separated. */
                    webhook_events?: string;
                };
                header?: {
                    /** @description Signs what `webhook` is sent; kept sealed until then. */
                    "Webhook-Secret"?: string;
                    /** @description As in `POST /v1/jobs`. */
                    "Idempotency-Key"?: string;
                    /** @description `wait=60`, like the query. */
                    Prefer?: string;
                };
                path: {
                    name: string;
                };
                cookie?: never;
            };
            /** @description The inputs, as `GET /v1/workflows/{name}` describes them. In a form a file stands for its input. */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                    "multipart/form-data": Record<string, never>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            state: "queued" | "delayed" | "active" | "succeeded" | "failed" | "cancelled" | "expired";
                            /** @description 0–100 while it runs, 100 after success. */
                            progress: number | null;
                            tenant: string;
                            workflow: string | null;
                            priority: number;
                            labels: {
                                [key: string]: string;
                            } | null;
                            /** @description Node of the latest attempt. */
                            node_id: string | null;
                            attempts: number;
                            cancel_requested: boolean;
                            /** @description W3C trace that the job is a part of. */
                            trace_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            started_at: string | null;
                            finished_at: string | null;
                            /** @description Why a queued job waits. */
                            waiting_for: string | null;
                            /** @description 1: next; counts the queued jobs that sort before it, up to 10,000. Null unless it is queued, or not known. */
                            queue_position: number | null;
                            /** @description Null when it has ended, or nothing can be expected: no node that takes work can run it. */
                            eta: {
                                /**
                                 * Format: date-time
                                 * @description Expected start; of a job that has started, when it did.
                                 */
                                start: string;
                                /** Format: date-time */
                                end: string;
                                /**
                                 * Format: date-time
                                 * @description Nine of ten jobs end before this.
                                 */
                                end_p90: string;
                            } | null;
                            error: {
                                code: string;
                                message: string;
                                details?: unknown;
                            } | null;
                            outputs: {
                                graph_node: string;
                                key: string;
                                filename: string;
                                subfolder: string;
                                type: string;
                                format: string;
                                mime: string;
                                sha256: string;
                                size_bytes: number;
                                url: string;
                                /** @description A result that is a text (type `text`): its first 16,384 characters; the file has all of it. */
                                text: string | null;
                            }[];
                        };
                    };
                };
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            /**
                             * @description It is a job that was there: see `reuse`.
                             * @constant
                             */
                            reused?: true;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            versions: {
                                version: string;
                                source: string;
                                /** Format: date-time */
                                created_at: string;
                                channels: string[];
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows:propose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description A workflow in either format, or a file that carries it. */
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                    "multipart/form-data": Record<string, never>;
                    "image/png": Record<string, never>;
                    "image/webp": Record<string, never>;
                    "video/mp4": Record<string, never>;
                    "audio/flac": Record<string, never>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Shape of `<name>.manifest.json`. */
                            manifest: {
                                [key: string]: unknown;
                            };
                            guessed: {
                                input: string;
                                why: string;
                            }[];
                            /** @description In API format: what `POST /v1/jobs` takes as `graph`. */
                            graph: {
                                [key: string]: unknown;
                            };
                            /** @description What was odd in the workflow and left a graph all the same. */
                            problems: {
                                code: string;
                                message: string;
                                graph_node: string;
                                input?: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
