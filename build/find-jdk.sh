# Sets JAVA_HOME to a JDK 25 or newer; sourced by ./mvnw and ./millrace.
#
# Looks, in this order, at MILLRACE_JAVA_HOME, JAVA_HOME, the java on the PATH, the folders in which distributions,
# SDKMAN, asdf, mise, IntelliJ and macOS install JDKs. The first JDK that is new enough wins.

millrace_required_java=25

# Prints the major version of the JDK in folder $1, or nothing where there is no JDK (a JRE has no javac).
millrace_java_major() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  if [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p'
  fi
}

millrace_try_jdk() {
  [ -n "$1" ] || return 1
  major=$(millrace_java_major "$1")
  [ -n "$major" ] && [ "$major" -ge "$millrace_required_java" ] 2>/dev/null || return 1
  JAVA_HOME=$1
  export JAVA_HOME
}

millrace_path_jdk() {
  java_on_path=$(command -v java 2>/dev/null) || return 0
  java_on_path=$(readlink -f "$java_on_path" 2>/dev/null || printf %s "$java_on_path")
  dirname "$(dirname "$java_on_path")"
}

millrace_find_jdk() {
  millrace_try_jdk "${MILLRACE_JAVA_HOME-}" && return 0
  millrace_try_jdk "${JAVA_HOME-}" && return 0
  millrace_try_jdk "$(millrace_path_jdk)" && return 0
  for parent in /usr/lib/jvm /usr/java /opt/java /opt /usr/local/lib/jvm \
    "${SDKMAN_DIR:-${HOME-}/.sdkman}/candidates/java" "${HOME-}/.jdks" "${HOME-}/.asdf/installs/java" \
    "${HOME-}/.local/share/mise/installs/java" /Library/Java/JavaVirtualMachines; do
    [ -d "$parent" ] || continue
    # find, not a glob: mvnw runs with globbing switched off.
    for candidate in $(find "$parent" -maxdepth 1 -mindepth 1 \( -type d -o -type l \) 2>/dev/null | sort -r); do
      millrace_try_jdk "$candidate" && return 0
      millrace_try_jdk "$candidate/Contents/Home" && return 0
    done
  done
  cat >&2 <<MESSAGE
Millrace needs a JDK $millrace_required_java or newer (a JDK, not a JRE) and found none in MILLRACE_JAVA_HOME, JAVA_HOME,
the PATH, /usr/lib/jvm, SDKMAN or the other usual folders. Install one, for example:

  Debian, Ubuntu   apt-get install temurin-25-jdk    (repository: https://adoptium.net/installation/linux)
  SDKMAN           sdk install java 25-tem
  macOS            brew install --cask temurin@25

or point MILLRACE_JAVA_HOME at one that you have.
MESSAGE
  return 1
}

millrace_find_jdk || exit 69
