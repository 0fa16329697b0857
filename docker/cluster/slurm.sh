#!/bin/bash
#SBATCH --job-name=fashion-bench
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem-per-cpu=700M
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
# A study on the nodes of a Slurm job: sbatch docker/cluster/slurm.sh studies/mine.toml
# Not run where it was written, for lack of a Slurm. .venv has to be on a disk that all nodes share,
# and the nodes of one kind (--constraint). Cut off by the time limit, the same sbatch goes on.
set -euo pipefail
study=$1

# A token of this job's own, in a file that no other user can read; every node sees that disk.
umask 077
token=$(mktemp -p "$PWD" .ray-token.XXXXXX)
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$token"
trap 'rm -f "$token"' EXIT
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=$token RAY_USAGE_STATS_ENABLED=0

head=$(hostname --ip-address | awk '{print $1}')
address=$head:6379
cpus=$SLURM_CPUS_PER_TASK

# The head keeps one CPU for the driver.
.venv/bin/ray start --head --node-ip-address="$head" --port=6379 --num-cpus=$((cpus - 1)) \
  --include-dashboard=false --disable-usage-stats
if [ "$SLURM_NNODES" -gt 1 ]; then
  srun --nodes=$((SLURM_NNODES - 1)) --ntasks=$((SLURM_NNODES - 1)) --exclude="$(hostname -s)" \
    .venv/bin/ray start --address="$address" --num-cpus="$cpus" --disable-usage-stats --block &
fi
.venv/bin/fashion-bench study run "$study" --device cpu --executor ray --address "$address"
.venv/bin/ray stop
