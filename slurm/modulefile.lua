-- Lmod module of an installed R1: PREFIX/share/r1/modulefiles/r1/VERSION.lua. The prefix is found
-- from where this file is. Sites that build against modules of their own add depends_on() here.
local prefix = myFileName():match("^(.*)/share/r1/modulefiles/")

whatis("Name: R1")
whatis("Version: " .. myModuleVersion())
whatis("Description: the training pipeline of DeepSeek-R1 over MPI and HDF5")
help([[
Stages r1-pretrain, r1-zero, ... and tools r1-inspect, r1-chat, ... are in PATH.
A pipeline is submitted by  $R1_SLURM/pipeline.sh CONFIG ; see $R1_SLURM/README.md.
]])

prepend_path("PATH", pathJoin(prefix, "bin"))
setenv("R1_SLURM", pathJoin(prefix, "share/r1/slurm"))
setenv("R1_CONFIGS", pathJoin(prefix, "share/r1/configs"))
