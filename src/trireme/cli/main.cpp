#include <sys/stat.h>

#include "trireme/cli/command.h"

int main(int argc, char** argv) {
  // Files 0644 and folders 0755, whatever this process was started under; what is private asks for 0600 itself.
  ::umask(022);
  return trireme::cli::run_command_line(argc, argv);
}
