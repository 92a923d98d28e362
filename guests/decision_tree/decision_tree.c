/* Classifies flowers of the Iris data set by a decision tree. All numbers are little endian.

   Input:    model ‖ samples
     model   = node count (4 bytes) ‖ nodes of 4 bytes, at most 255, the root first:
               feature 0 to 3, threshold in mm, node for ≤, node for > — both behind this one —
               or 255, class, 0, 0 for a leaf
     samples = sample count (4 bytes) ‖ samples of 5 bytes: sepal length, sepal width, petal length, petal
               width in mm, and the class that they are of
   Journal:  SHA-256 of the model ‖ sample count ‖ how many of them the model classifies right (4 bytes
             each) ‖ the class of each sample that the model gives (1 byte each) */
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

#include "../lib/sha256.h"

enum { kFeatures = 4, kSampleBytes = kFeatures + 1, kNodeBytes = 4, kLeaf = 255, kNodesMax = 255 };

static uint32_t read_u32(const uint8_t* at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static int is_model(const uint8_t* nodes, uint32_t count) {
  if (count == 0 || count > kNodesMax) return 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* const node = nodes + kNodeBytes * i;
    if (node[0] == kLeaf) {
      if (node[2] != 0 || node[3] != 0) return 0;
    } else if (node[0] >= kFeatures || node[2] <= i || node[2] >= count || node[3] <= i || node[3] >= count) {
      return 0;
    }
  }
  return 1;
}

static uint8_t classify(const uint8_t* nodes, const uint8_t* sample) {
  const uint8_t* node = nodes;
  while (node[0] != kLeaf) node = nodes + kNodeBytes * (sample[node[0]] <= node[1] ? node[2] : node[3]);
  return node[1];
}

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  if (size < 4) return EXIT_FAILURE;
  const uint8_t* const nodes = input + 4;
  const uint32_t node_count = read_u32(input);
  const size_t model_bytes = 4 + (size_t)kNodeBytes * (node_count <= kNodesMax ? node_count : 0);
  if (size < model_bytes + 4 || !is_model(nodes, node_count)) return EXIT_FAILURE;
  const uint8_t* const samples = input + model_bytes + 4;
  const uint32_t count = read_u32(input + model_bytes);
  if ((size - model_bytes - 4) % kSampleBytes != 0 || (size - model_bytes - 4) / kSampleBytes != count) return EXIT_FAILURE;

  uint8_t* const classes = malloc(count + 1);
  if (!classes) abort();
  uint32_t right = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* const sample = samples + kSampleBytes * i;
    classes[i] = classify(nodes, sample);
    right += classes[i] == sample[kFeatures];
  }
  uint8_t digest[32];
  sha256(input, model_bytes, digest);
  const uint32_t counts[2] = {count, right};
  write_output(digest, sizeof digest);
  write_output((const uint8_t*)counts, sizeof counts);
  write_output(classes, count);
  return EXIT_SUCCESS;
}
