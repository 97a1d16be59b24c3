/* The rows of `trireme bench collectives` by plain MPI, in fp32. Rank 0 prints a JSON array.
 *
 * Sizes, buffers (MPI_Allreduce and MPI_Bcast in place, the others not), checks and the timing rule are those of
 * src/trireme/bench/collectives_bench.h.
 *
 *   mpicc -O3 -o mpi_collectives benchmarks/peers/mpi_collectives.c
 *   mpirun -n 2 ./mpi_collectives all 4096 67108864 7      operations, smallest and largest bytes, rounds */
#include <mpi.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kAllReduce, kAllGather, kReduceScatter, kAllToAll, kBroadcast, kSendRecv, kOperations };
static const char* const kNames[kOperations] = {"all_reduce", "all_gather", "reduce_scatter",
                                                "all_to_all", "broadcast",  "send_recv"};
static const double kFigureSeconds = 2e-3;

static int rank, ranks;
static int piece;         /* elements of one rank's part of the larger buffer */
static float *in, *out;   /* the same memory in place */

static void run(int operation) {
  const int whole = piece * ranks, next = (rank + 1) % ranks, before = (rank + ranks - 1) % ranks;
  switch (operation) {
    case kAllReduce: MPI_Allreduce(MPI_IN_PLACE, in, whole, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD); break;
    case kAllGather: MPI_Allgather(in, piece, MPI_FLOAT, out, piece, MPI_FLOAT, MPI_COMM_WORLD); break;
    case kReduceScatter: MPI_Reduce_scatter_block(in, out, piece, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD); break;
    case kAllToAll: MPI_Alltoall(in, piece, MPI_FLOAT, out, piece, MPI_FLOAT, MPI_COMM_WORLD); break;
    case kBroadcast: MPI_Bcast(in, whole, MPI_FLOAT, 0, MPI_COMM_WORLD); break;
    case kSendRecv:
      MPI_Sendrecv(in, whole, MPI_FLOAT, next, 0, out, whole, MPI_FLOAT, before, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}

/* A small integer that depends on rank and place (the mixing steps of splitmix64). */
static float value(int of_rank, int64_t i) {
  uint64_t x = (uint64_t)i * 0x9E3779B97F4A7C15u + (uint64_t)of_rank * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return (float)((x >> 40) % 32);
}

static float sum(int64_t i) {
  float all = 0;
  for (int r = 0; r < ranks; ++r) all += value(r, i);
  return all;
}

static float expected(int operation, int64_t i) {
  const int64_t within = i % piece, mine = (int64_t)rank * piece;
  switch (operation) {
    case kAllReduce: return sum(i);
    case kAllGather: return value((int)(i / piece), within);
    case kReduceScatter: return sum(mine + i);
    case kAllToAll: return value((int)(i / piece), mine + within);
    case kBroadcast: return value(0, i);
    default: return value((rank + ranks - 1) % ranks, i);
  }
}

static void check(int operation, int64_t in_count, int64_t out_count) {
  for (int64_t i = 0; i < out_count; ++i) out[i] = -1;
  for (int64_t i = 0; i < in_count; ++i) in[i] = value(rank, i);
  run(operation);
  for (int64_t i = 0; i < out_count; ++i) {
    if (out[i] == expected(operation, i)) continue;
    fprintf(stderr, "%s: element %lld on rank %d is wrong\n", kNames[operation], (long long)i, rank);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  memset(in, 0, (size_t)in_count * sizeof *in); /* sums of sums would overflow */
  memset(out, 0, (size_t)out_count * sizeof *out);
}

/* Seconds of the slowest rank, after a barrier. */
static double time_batch(int operation, int64_t runs) {
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int64_t i = 0; i < runs; ++i) run(operation);
  double seconds = MPI_Wtime() - start;
  MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return seconds;
}

static int64_t runs_of_a_figure(int operation) {
  int64_t runs = 1;
  for (double seconds; (seconds = time_batch(operation, runs)) < kFigureSeconds;) {
    const int64_t needed = (int64_t)ceil(1.1 * kFigureSeconds / seconds * (double)runs);
    runs = needed < 16 * runs ? needed : 16 * runs;
  }
  return runs;
}

static int by_size(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static double bus_factor(int operation) { /* https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md */
  if (operation == kBroadcast || operation == kSendRecv) return 1;
  return (operation == kAllReduce ? 2.0 : 1.0) * (ranks - 1) / ranks;
}

static void print_row(int operation, int rounds, int first) {
  const int64_t runs = runs_of_a_figure(operation);
  double* seconds = malloc((size_t)rounds * sizeof *seconds);
  for (int round = 0; round < rounds; ++round) seconds[round] = time_batch(operation, runs) / (double)runs;
  qsort(seconds, (size_t)rounds, sizeof *seconds, by_size);
  const double median = 0.5 * (seconds[(rounds - 1) / 2] + seconds[rounds / 2]);
  const double bytes = (double)piece * ranks * sizeof(float), speed = bytes / median / 1e9;
  if (rank == 0) {
    printf("%s{\"operation\": \"%s\", \"ranks\": %d, \"backend\": \"open mpi\", \"bytes\": %.0f, \"dtype\": \"fp32\", "
           "\"buffers\": \"any\", \"seconds_median\": %.9g, \"seconds_min\": %.9g, \"algbw_gbs\": %.9g, "
           "\"busbw_gbs\": %.9g, \"spread\": %.9g, \"checked\": true}",
           first ? "" : ",\n", kNames[operation], ranks, bytes, median, seconds[0], speed,
           speed * bus_factor(operation), (seconds[rounds - 1] - seconds[0]) / median);
  }
  free(seconds);
}

static int wanted(const char* list, int operation) {
  if (strcmp(list, "all") == 0) return 1;
  const size_t length = strlen(kNames[operation]);
  for (const char* at = list; (at = strstr(at, kNames[operation])) != NULL; at += length) {
    const int begins = at == list || at[-1] == ',', ends = at[length] == ',' || at[length] == '\0';
    if (begins && ends) return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (argc != 5) {
    if (rank == 0) fprintf(stderr, "usage: mpi_collectives OPERATIONS MIN_BYTES MAX_BYTES ROUNDS\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  int first = 1;
  if (rank == 0) printf("[");
  for (int operation = 0; operation < kOperations; ++operation) {
    if (!wanted(argv[1], operation)) continue;
    for (int64_t bytes = atoll(argv[2]); bytes <= atoll(argv[3]); bytes *= 4) {
      piece = (int)(bytes / (int64_t)sizeof(float) / ranks);
      if (piece < 1) piece = 1;
      const int64_t whole = (int64_t)piece * ranks;
      const int64_t in_count = operation == kAllGather ? piece : whole;
      const int64_t out_count = operation == kReduceScatter ? piece : whole;
      const int in_place = operation == kAllReduce || operation == kBroadcast;
      in = malloc((size_t)in_count * sizeof *in);
      out = in_place ? in : malloc((size_t)out_count * sizeof *out);
      check(operation, in_count, out_count);
      print_row(operation, atoi(argv[4]), first);
      first = 0;
      if (!in_place) free(out);
      free(in);
    }
  }
  if (rank == 0) printf("]\n");
  MPI_Finalize();
  return 0;
}
