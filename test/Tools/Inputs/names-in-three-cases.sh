#!/bin/sh
# Builds models 'policy', 'Policy' and 'POLICY' of different sizes into one program, with their headers in every order.
# The macros are POLICY_*, Policy_* and policy_*. Works in the current folder.
set -eu
for seed in 1 2 3; do
    set -- policy Policy POLICY
    name=$(shift $((seed - 1)) && echo "$1")
    sst-compile --random-weights=$seed --embed-dim=3 --hidden-size=$((4 * seed)) --num-layers=1 --num-heads=1 \
        --head-dim=4 --state-size=2 --window-size=5 --target=x86-64-v3 --name="$name" -o case$seed.o
done
cat > body.c <<'C'
static int differs(const sst_artefact_t *model, unsigned hidden, const char *name) {
  sst_info_t info;
  info.size = (uint32_t)sizeof info;
  info.abi_version = SST_ABI_VERSION;
  return model->info(&info) != SST_STATUS_OK || info.hidden_size != hidden || strcmp(info.name, name) != 0;
}
int main(void) {
  return differs(&policy_artefact, POLICY_HIDDEN_SIZE, "policy") || differs(&Policy_artefact, Policy_HIDDEN_SIZE, "Policy") ||
         differs(&POLICY_artefact, policy_HIDDEN_SIZE, "POLICY") || POLICY_HIDDEN_SIZE != 4 || Policy_HIDDEN_SIZE != 8 ||
         policy_HIDDEN_SIZE != 12;
}
C
for order in "1 2 3" "1 3 2" "2 1 3" "2 3 1" "3 1 2" "3 2 1"; do
    echo '#include <string.h>' > cases.c
    for number in $order; do echo "#include \"case$number.h\"" >> cases.c; done
    cat body.c >> cases.c
    cc -std=c11 -Wall -Wextra -pedantic -Werror cases.c case1.o case2.o case3.o -o cases
    ./cases
    c++ -x c++ -std=c++17 -Wall -Wextra -pedantic -Werror cases.c -x none case1.o case2.o case3.o -o cases
    ./cases
done
