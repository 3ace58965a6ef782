#include "genmc.hpp"

namespace poolproof::judge {

namespace {

constexpr GenmcTest tests[] = {
    {"2+2W", "x=1.rel; y=2.rel / y=1.rel; x=2.rel", 4},
    {"2+2W+2sc+scf", "x=1.sc; y=2.sc / y=1.rlx; fence.sc; x=2.rlx", 3},
    {"2+2W+3sc+rel1", "x=1.sc; y=2.sc / y=1.rel; x=2.sc", 4},
    {"2+2W+3sc+rel2", "x=1.sc; y=2.sc / y=1.sc; x=2.rel", 4},
    {"2+2W+4sc", "x=1.sc; y=2.sc / y=1.sc; x=2.sc", 3},
    {"2+2W+scfs", "x=1.rlx; fence.sc; y=2.rlx / y=1.rlx; fence.sc; x=2.rlx", 3},
    {"2CoWR", "x.acq / y.acq / y=1.rel / x=1.rel", 4},
    {"CoRR", "x=1.rel; x=2.rel / x.acq; x.acq", 6},
    {"CoRR0", "x=1.rel / x.acq / x.acq", 4},
    {"CoRR1", "x=1.rel / x=2.rel / x.acq; x.acq / x.acq", 36},
    {"CoRR2", "x=1.rel / x=2.rel / x.acq; x.acq / x.acq; x.acq", 72},
    {"CoRW", "x.acq; x=1.rel / x=2.rel", 3},
    {"CoWR", "x=1.rel; x.acq / x=2.rel", 3},
    {"IRIW-acq-sc", "x=1.sc / x.acq; y.sc / y.acq; x.sc / y=1.sc", 16},
    {"IRIWish", "x=1.rlx / x.rlx; y=r0.rel / x.rlx; fence.ar; y.rlx / y.rlx; fence.ar; x.rlx", 28},
    {"JLT", "x=1.rel; y.acq; x.acq / x=2.rel; x.acq / y=3.rel", 8},
    {"LB", "y.acq; x=1.rel / x.acq; y=1.rel", 3},
    {"LB+acq", "x.acq; y=1.rlx / y.acq; x=1.rlx", 3},
    {"LB+incMPs", "x.acq; z+=1.ar / z+=1.ar; y=1.rel / y.acq; w+=1.ar / w+=1.ar; x=1.rel", 15},
    {"LB+rel", "x.rlx; y=1.rel / y.rlx; x=1.rel", 3},
    {"LB2", "x.rlx; y=1.rlx / y.rlx; x=1.rlx", 3},
    {"LB3", "x.rlx; y=1.rlx / y.rlx; z=1.rlx / z.rlx; x=1.rlx", 7},
    {"MCP-rrw", "x=1.rel / x=2.rel / x.acq", 6},
    {"MP", "x=1.rel; y=1.rel / y.acq; x.acq", 3},
    {"MP+incMP", "y.acq; z+=1.ar / z+=1.ar; x.acq / x=1.rel; y=1.rel", 7},
    {"MP2",
     "x=1.rlx; z=1.rlx; fence.ar; y=1.rlx; w=1.rlx / y.rlx; fence.ar; x.rlx / w.rlx; fence.ar; "
     "z.rlx",
     9},
    {"RWC+syncs", "x=1.rlx / x.rlx; fence.sc; y.rlx / y=1.rlx; fence.sc; x.rlx", 7},
    {"S", "x=2.rlx; y=1.rlx / y.rlx; x=1.rlx", 4},
    {"SB", "x=1.rel; y.acq / y=1.rel; x.acq", 4},
    {"SB+2sc+scf", "x=1.sc; y.sc / y=1.rlx; fence.sc; x.rlx", 3},
    {"SB+3sc+acq", "x=1.sc; y.sc / y=1.sc; x.acq", 4},
    {"SB+3sc+rel", "x=1.sc; y.sc / y=1.rel; x.sc", 4},
    {"SB+4sc", "x=1.sc; y.sc / y=1.sc; x.sc", 3},
    {"SB+rfis", "x=1.rel; x.sc; y.sc / y=1.rel; y.sc; x.sc", 4},
    {"SB+scfs", "x=1.rlx; fence.sc; y.rlx / y=1.rlx; fence.sc; x.rlx", 3},
    {"TC1", "x.rlx; y=1.rlx / y.rlx; x=r0.rlx", 3},
    {"W+RRR+W", "x=1.rlx / x.rlx; x.rlx; x.rlx / x=2.rlx", 20},
    {"W+RWC", "x=1.rlx; z=1.rel / z.acq; fence.sc; y.rlx / y=1.rlx; fence.sc; x.rlx", 7},
    {"WRC+dep", "x=1.rlx / x.rlx; y=r0.rlx / y.rlx; fence.ar; x.rlx", 8},
    {"WWmerge1", "x.acq; y.sc / x=1.sc; x=2.sc / y=1.sc; x.sc", 17},
    {"WWmerge2", "x.acq; y.sc / x=2.sc / y=1.sc; x.sc", 8},
    {"Z6+acq", "x=1.rlx; fence.sc; y=1.rlx / y.acq; z=1.rlx / z=2.rlx; fence.sc; x.rlx", 7},
    {"Z6.U", "x=1.sc; y=1.rel / y+=1.sc; y.rlx / y=3.sc; x.sc", 22},
    {"atomicpo", "y=1.rlx; fence.ar; x=1.rlx / x<-1.rlx; y<-1.rlx", 4},
    {"cumul-release", "x=1.rlx; y=1.rel / y.rlx; z=r0.rlx / z.rlx; fence.ar; x.rlx", 8},
    {"default", "x.acq; x.acq / x=1.rel / x=2.rel", 12},
    {"fr+w+w+w+reads", "x=1.rlx / x=2.rlx / x=3.rlx / x.rlx; x.rlx; x.rlx; x.rlx", 210},
    {"inc2w", "x+=1.rlx / x=4.rel / x+=2.rlx", 6},
    {"isa2", "x=1.rlx; y=1.rel / y.acq; z=1.rel / z.acq; x.rlx", 7},
    {"peterZ", "x=1.rlx; fence.sc; y.rlx / y=1.rlx; z=1.rel / z.acq; fence.sc; x.rlx", 7},
    {"po-loc", "y.rlx; fence.ar; x.rlx; x=1.rlx / x.rlx; y=r0.rlx", 3},
    {"rel-B-cumul-acq", "x=1.rlx; y=1.rel / y.rlx; z=r0.rlx / z.rlx; fence.ar; x.rlx / y.acq", 16},
    {"relacq-B-cumul", "x=1.rlx; y=1.rel / y.acq; z=1.rlx / z.rlx; fence.ar; x.rlx", 8},
    {"relseq", "x=1.rlx; y=1.rel; y=2.rlx / y<-3.rlx / y.rlx; fence.ar; x.rlx", 20},
    {"rfi-preserved", "x.rlx; y=1.rel; y.rlx; z=r2.rlx / z.rlx; x=r0.rlx", 3},
    {"rii", "x.rlx; x+=1.rlx / x+=1.rlx", 3},
    {"rinc+wr", "x+=1.rlx / x=2.rlx; x.rlx", 3},
    {"riwi", "y.rlx; x+=1.rlx / x+=1.rlx; y=1.rel", 3},
    {"small0", "x.acq / x.acq; x=1.rel / x=2.rel", 9},
    {"small1", "x.acq; y.acq; z.acq / z=1.rel / x=1.rel; y=1.rel", 8},
    {"viktor-relseq", "x+=1.rlx; x+=1.rlx / x+=1.acq; x+=1.rlx / x+=1.rel / x+=1.rlx", 180},
};

}  // namespace

std::span<const GenmcTest> genmc_tests() { return tests; }

}  // namespace poolproof::judge
