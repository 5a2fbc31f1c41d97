/*
 * pool.c - threads that run the tasks of one caller at a time.
 *
 * A job is a count of tasks that nobody has taken yet, `remaining`. Whoever has taken one by compare-and-swap may read
 * the rest of the job, since it cannot end before that task has. So nobody waits for a worker that is still asleep: a
 * worker that comes too late finds nothing to take.
 *
 * A worker that loses its CPU to another process in the middle of a task makes everybody wait for some milliseconds. So
 * the pool watches whether it is any good: jobs get `speed` seconds of CPU time per second, which is 2 for two threads
 * at their best, and 1 or less if one mostly waits for the other. When that is not clearly more than what the caller
 * gets on its own, the workers rest for a while. Reading a thread's CPU time takes a microsecond, so it is done only
 * when the job before was a long one.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "entry/wait.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CACHE_LINE 64

/* In `remaining`: the pool is being destroyed. No job has as many tasks. */
#define STOP UINT32_MAX

/* Pools of up to this many threads move out of the caller's way. */
#define KEEP_AWAY_THREADS 4u

/* A job that takes this long says something about the speed. */
#define LONG_JOB_NS 500000
/* Workers rest if they do not make a job faster by this factor. */
#define WORTHWHILE 1.05
/* They rest for so long, and twice as long each time that it turns out to have been right; */
#define SHORTEST_REST_NS 50000000
#define LONGEST_REST_NS 1000000000
/* but also if a single job takes that much longer than it would have without them, and then for many times that. */
#define STALL_NS 20000000
#define STALL_FACTOR 16
#define LONGEST_STALL_REST_NS 10000000000

typedef struct worker {
  sst_pool_t *pool;
  pthread_t thread;
  int kept_away; /**< the CPU that it must not wake on, -1 if it may run everywhere */
} worker_t;

/** Whether the workers make jobs faster. Only the caller that runs a job reads and writes this. */
typedef struct pace {
  double speed_alone, speed_shared; /**< running means of CPU time by time, without and with workers */
  int64_t rest_end, rest_ns;
  int last_was_long;
} pace_t;

struct sst_pool {
  /* What waiting workers look at. */
  _Alignas(CACHE_LINE) uint32_t remaining; /**< tasks that nobody has taken; those that sleep, sleep at this word */
  uint32_t sleepers;                       /**< workers that sleep, or are about to */
  /* What finished tasks count. */
  _Alignas(CACHE_LINE) uint32_t done;
  /* What a job is. Written before `remaining`, read after a task is taken. */
  _Alignas(CACHE_LINE) sst_task_fn task;
  void *context;
  uint32_t count;
  int timed; /**< workers add their CPU time to `cpu_ns` */
  _Alignas(CACHE_LINE) int64_t cpu_ns;
  /* The rest changes rarely. */
  _Alignas(CACHE_LINE) uint32_t busy; /**< a job is running */
  pace_t pace;
  uint32_t spin_microseconds;
  int may_keep_away; /**< workers are not pinned, and few */
  cpu_set_t allowed; /**< CPUs of the thread that made the pool */
  pid_t owner;       /**< the process that has the workers; a child of it (fork) has none */
  size_t worker_count;
  worker_t workers[];
};

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t min_ns(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max_ns(int64_t a, int64_t b) { return a > b ? a : b; }

/** Takes a task and returns 1, or 0 if there is none. */
static int take_task(sst_pool_t *pool, uint32_t *index) {
  uint32_t remaining = __atomic_load_n(&pool->remaining, __ATOMIC_RELAXED);
  do {
    if (remaining == 0 || remaining == STOP)
      return 0;
  } while (
      !__atomic_compare_exchange_n(&pool->remaining, &remaining, remaining - 1, 1, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  *index = pool->count - remaining;
  return 1;
}

/** Runs tasks until there are none. */
static void run_tasks(sst_pool_t *pool) {
  uint32_t index;
  while (take_task(pool, &index)) {
    uint32_t count = pool->count;
    pool->task(pool->context, index, count);
    sst_count(&pool->done, count);
  }
}

/** The same by a worker. */
static void run_tasks_as_worker(sst_pool_t *pool) {
  uint32_t index;
  while (take_task(pool, &index)) {
    uint32_t count = pool->count;
    int64_t start = pool->timed ? now_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
    pool->task(pool->context, index, count);
    if (pool->timed)
      __atomic_fetch_add(&pool->cpu_ns, now_ns(CLOCK_THREAD_CPUTIME_ID) - start, __ATOMIC_RELAXED);
    sst_count(&pool->done, count);
  }
}

/** Wakes two workers if any sleep; they wake others, so that the caller of a large pool is not busy with it for long.
 */
static void wake_workers(sst_pool_t *pool) {
  if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST) != 0)
    sst_futex_wake(&pool->remaining, 2);
}

/** Waits until there is something to take: spins, then sleeps. */
static void wait_for_job(worker_t *worker) {
  sst_pool_t *pool = worker->pool;
  int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)pool->spin_microseconds * 1000;
  for (uint32_t i = 1; __atomic_load_n(&pool->remaining, __ATOMIC_RELAXED) == 0; ++i) {
    if (i % 16 == 0 && now_ns(CLOCK_MONOTONIC) >= end)
      break;
    sst_cpu_pause();
  }
  if (__atomic_load_n(&pool->remaining, __ATOMIC_RELAXED) != 0)
    return;
  /* Either the caller sees that this one sleeps, or this one sees the caller's job. */
  __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&pool->remaining, __ATOMIC_SEQ_CST) == 0)
    sst_futex_wait(&pool->remaining, 0);
  __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  wake_workers(pool);
  if (__atomic_exchange_n(&worker->kept_away, -1, __ATOMIC_RELAXED) >= 0)
    pthread_setaffinity_np(pthread_self(), sizeof pool->allowed, &pool->allowed);
}

static void *run_worker(void *argument) {
  worker_t *worker = argument;
  sst_pool_t *pool = worker->pool;
  while (__atomic_load_n(&pool->remaining, __ATOMIC_RELAXED) != STOP) {
    wait_for_job(worker);
    run_tasks_as_worker(pool);
  }
  return NULL;
}

static void run_in_order(size_t count, sst_task_fn task, void *context) {
  for (size_t i = 0; i < count; ++i)
    task(context, i, count);
}

/**
 * Lets workers wake on any CPU but the caller's. Linux wakes a thread where it ran before or on the CPU that wakes it,
 * and on small machines may not look for an idle one: caller and worker would take turns for milliseconds. Once awake
 * they may run everywhere again, so that they are not stuck behind a neighbour while the caller's CPU is free.
 */
static void keep_workers_away(sst_pool_t *pool) {
  int cpu = pool->may_keep_away ? sched_getcpu() : -1;
  if (cpu < 0 || cpu >= CPU_SETSIZE || pool->owner != getpid())
    return;
  cpu_set_t others = pool->allowed;
  CPU_CLR(cpu, &others);
  for (size_t i = 0; i < pool->worker_count; ++i) {
    worker_t *worker = &pool->workers[i];
    /* With no other CPU this fails, and nothing changes. */
    if (__atomic_exchange_n(&worker->kept_away, cpu, __ATOMIC_RELAXED) != cpu)
      pthread_setaffinity_np(worker->thread, sizeof others, &others);
  }
}

/** Runs all tasks of a job, the caller's and those that no worker comes for. */
static void run_shared(sst_pool_t *pool, size_t count, sst_task_fn task, void *context) {
  pool->task = task;
  pool->context = context;
  pool->count = (uint32_t)count;
  pool->timed = pool->pace.last_was_long;
  pool->cpu_ns = 0;
  __atomic_store_n(&pool->done, 0, __ATOMIC_RELAXED);
  /* Releases the job to those who take a task of it. */
  __atomic_store_n(&pool->remaining, (uint32_t)count - 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST) != 0) {
    keep_workers_away(pool);
    sst_futex_wake(&pool->remaining, 2);
  }
  task(context, 0, count);
  sst_count(&pool->done, (uint32_t)count);
  run_tasks(pool);
  sst_count_wait(&pool->done, (uint32_t)count);
}

/** Learns from a long job that took `time_ns`, and `cpu_ns` of CPU time on all threads. */
static void learn(pace_t *pace, int shared, int64_t end, int64_t time_ns, int64_t cpu_ns) {
  double speed = (double)cpu_ns / (double)time_ns;
  if (!shared) {
    pace->speed_alone += (speed - pace->speed_alone) / 4;
    return;
  }
  pace->speed_shared += (speed - pace->speed_shared) / 4;
  /* What was once so need not stay so. */
  pace->speed_alone += (1 - pace->speed_alone) / 64;
  int64_t lost_ns = time_ns - (int64_t)((double)cpu_ns / pace->speed_alone);
  if (pace->speed_shared < WORTHWHILE * pace->speed_alone || lost_ns > STALL_NS) {
    int64_t rest_ns = max_ns(pace->rest_ns, min_ns(STALL_FACTOR * lost_ns, LONGEST_STALL_REST_NS));
    pace->rest_end = end + rest_ns;
    pace->rest_ns = min_ns(2 * pace->rest_ns, LONGEST_REST_NS);
    pace->speed_shared = 1.25 * pace->speed_alone; /* the next try has a few jobs */
  } else if (pace->speed_shared > 1.5 * pace->speed_alone) {
    pace->rest_ns = SHORTEST_REST_NS;
  }
}

void sst_pool_run(void *argument, size_t count, sst_task_fn task, void *task_context) {
  sst_pool_t *pool = argument;
  if (count < 2 || pool->worker_count == 0 || count > INT32_MAX ||
      __atomic_exchange_n(&pool->busy, 1, __ATOMIC_ACQUIRE)) {
    run_in_order(count, task, task_context);
    return;
  }
  pace_t *pace = &pool->pace;
  int64_t start = now_ns(CLOCK_MONOTONIC);
  int timed = pace->last_was_long, shared = start >= pace->rest_end;
  int64_t cpu_start = timed ? now_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
  if (shared)
    run_shared(pool, count, task, task_context);
  else
    run_in_order(count, task, task_context);
  int64_t end = now_ns(CLOCK_MONOTONIC);
  pace->last_was_long = end - start >= LONG_JOB_NS;
  if (timed && pace->last_was_long) {
    int64_t cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_start + (shared ? pool->cpu_ns : 0);
    learn(pace, shared, end, end - start, cpu_ns);
  }
  __atomic_store_n(&pool->busy, 0, __ATOMIC_RELEASE);
}

size_t sst_pool_threads(const sst_pool_t *pool) { return pool->worker_count + 1; }

/** The set of one CPU. 0 if there can be no such CPU. */
static int one_cpu(uint32_t cpu, cpu_set_t *set) {
  CPU_ZERO(set);
  if (cpu >= CPU_SETSIZE)
    return 0;
  CPU_SET(cpu, set);
  return 1;
}

static sst_status_t refuse_cpu(uint32_t cpu, sst_error_t *error) {
  return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT,
                       "CPU %u: is not there, or not for this process; those that are stand behind Cpus_allowed_list "
                       "in /proc/self/status",
                       cpu);
}

sst_status_t sst_thread_pin(uint32_t cpu, sst_error_t *error) {
  cpu_set_t set;
  if (!one_cpu(cpu, &set) || pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
    return refuse_cpu(cpu, error);
  return SST_STATUS_OK;
}

/** Starts a worker, on `cpu` unless that is NULL. */
static sst_status_t start_worker(sst_pool_t *pool, const uint32_t *cpu, sst_error_t *error) {
  worker_t *worker = &pool->workers[pool->worker_count];
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "thread pool: out of memory");
  worker->pool = pool;
  worker->kept_away = -1;
  cpu_set_t set;
  int code = 0;
  if (cpu)
    code = one_cpu(*cpu, &set) ? pthread_attr_setaffinity_np(&attributes, sizeof set, &set) : EINVAL;
  if (code == 0)
    code = pthread_create(&worker->thread, &attributes, run_worker, worker);
  pthread_attr_destroy(&attributes);
  if (code == 0) {
    ++pool->worker_count;
    return SST_STATUS_OK;
  }
  if (cpu && code == EINVAL)
    return refuse_cpu(*cpu, error);
  return sst_error_set(error, SST_STATUS_UNSUPPORTED, "thread pool: the system starts no more threads: %s; use fewer",
                       strerror(code));
}

sst_status_t sst_pool_create(size_t threads, const uint32_t *cpus, uint32_t spin_microseconds, sst_pool_t **pool,
                             sst_error_t *error) {
  *pool = NULL;
  if (threads == 0 || threads > SST_MAX_THREADS)
    return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT, "thread pool: expects 1 to %u threads, but got %zu",
                         SST_MAX_THREADS, threads);
  size_t bytes = sizeof(sst_pool_t) + (threads - 1) * sizeof(worker_t);
  sst_pool_t *result = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
  if (!result)
    return sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "thread pool: out of memory");
  memset(result, 0, bytes);
  result->spin_microseconds = spin_microseconds;
  result->owner = getpid();
  result->pace = (pace_t){.speed_alone = 1, .speed_shared = (double)threads, .rest_ns = SHORTEST_REST_NS};
  result->may_keep_away = !cpus && threads <= KEEP_AWAY_THREADS &&
                          pthread_getaffinity_np(pthread_self(), sizeof result->allowed, &result->allowed) == 0;
  /* Workers inherit that they take no signals: handlers run on the host's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  sst_status_t status = SST_STATUS_OK;
  for (size_t i = 0; i + 1 < threads && status == SST_STATUS_OK; ++i)
    status = start_worker(result, cpus ? &cpus[i] : NULL, error);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (status != SST_STATUS_OK) {
    sst_pool_destroy(result);
    return status;
  }
  *pool = result;
  return SST_STATUS_OK;
}

void sst_pool_destroy(sst_pool_t *pool) {
  if (!pool)
    return;
  if (pool->owner == getpid()) {
    __atomic_store_n(&pool->remaining, STOP, __ATOMIC_SEQ_CST);
    sst_futex_wake(&pool->remaining, INT32_MAX);
    for (size_t i = 0; i < pool->worker_count; ++i)
      pthread_join(pool->workers[i].thread, NULL);
  }
  free(pool);
}
