// The rv32 machine: its chips, and what a proof of a segment is about.
#pragma once

#include "prover/air/machine.h"
#include "prover/rv32/chips/add.h"
#include "prover/rv32/chips/bitwise.h"
#include "prover/rv32/chips/branch_equal.h"
#include "prover/rv32/chips/branch_less.h"
#include "prover/rv32/chips/bytes.h"
#include "prover/rv32/chips/chunk.h"
#include "prover/rv32/chips/code_chunk.h"
#include "prover/rv32/chips/compare.h"
#include "prover/rv32/chips/constant.h"
#include "prover/rv32/chips/divide.h"
#include "prover/rv32/chips/hash.h"
#include "prover/rv32/chips/jump_register.h"
#include "prover/rv32/chips/load_narrow.h"
#include "prover/rv32/chips/load_word.h"
#include "prover/rv32/chips/multiply_high.h"
#include "prover/rv32/chips/node.h"
#include "prover/rv32/chips/program.h"
#include "prover/rv32/chips/refresh.h"
#include "prover/rv32/chips/regions.h"
#include "prover/rv32/chips/shift.h"
#include "prover/rv32/chips/store_narrow.h"
#include "prover/rv32/chips/store_word.h"
#include "prover/rv32/chips/system.h"

namespace cairn::rv32 {

/// The public values of a segment, by number. The verifier makes them from what it knows, so that each is in
/// its range: cycles in [1, kCyclesMax], exited 0 or 1, halves below 2^16.
struct PublicOf {
  enum : unsigned {
    pc_in,
    pc_out,
    cycles,
    exited,
    code_lo,
    code_hi,
    root_in,
    root_out = root_in + 8,
    end = root_out + 8,
  };
};

struct Rv32Spec {
  static constexpr std::string_view name = "rv32-1";
  static constexpr unsigned public_values = PublicOf::end;
  static constexpr auto buses = rv32_buses;

  static std::vector<engine::BoundaryTuple> boundary(const KoalaBear* publics) {
    const KoalaBear zero = KoalaBear::zero(), one = KoalaBear::one();
    engine::BoundaryTuple root = {BusOf::node, false, {zero, zero}};
    root.tuple.insert(root.tuple.end(), publics + PublicOf::root_in, publics + PublicOf::end);
    return {{BusOf::execution, false, {publics[PublicOf::pc_in], one, zero, zero, zero}},
            {BusOf::execution,
             true,
             {publics[PublicOf::pc_out], one + publics[PublicOf::cycles] * number(kTimePerCycle),
              publics[PublicOf::exited], publics[PublicOf::code_lo], publics[PublicOf::code_hi]}},
            std::move(root)};
  }
};

using Rv32 = engine::Machine<Rv32Spec,          //
                             BytesChip,         //
                             RegionsChip,       //
                             ProgramChip,       //
                             AddChip,           //
                             BitwiseChip,       //
                             ShiftChip,         //
                             CompareChip,       //
                             ConstantChip,      //
                             JumpRegisterChip,  //
                             BranchEqualChip,   //
                             BranchLessChip,    //
                             LoadWordChip,      //
                             LoadNarrowChip,    //
                             StoreWordChip,     //
                             StoreNarrowChip,   //
                             MultiplyChip,      //
                             MultiplyHighChip,  //
                             DivideChip,        //
                             SystemChip,        //
                             RefreshChip,       //
                             ChunkChip,         //
                             CodeChunkChip,     //
                             NodeChip,          //
                             HashChip>;

}  // namespace cairn::rv32
