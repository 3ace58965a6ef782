# Of ci/mutants: reads its results, one line for each run and seed,
#   name|mutant or control|class|engine|claim|scenario and bound|result
# prints a row for each name, and fails when something is not as it claims to be.
function median(list, n, sorted, i, j, t) {
  n = split(list, sorted, " ")
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && sorted[j] + 0 < sorted[j - 1] + 0; j--) {
      t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t
    }
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}
function complain(text) {complaints = complaints "  " text "\n"; bad++}
# What one engine found of one mutant, in all runs and seeds.
function cell(name, engine, key, text) {
  key = name SUBSEP engine
  if (!(key in runs)) return "-"
  if (!(key in oracles)) return "survived"
  text = oracles[key] ", " median(times[key]) " s"
  if (counts[key] != "") text = text ", " median(counts[key]) " ex"
  if (key in survivals) text = text ", missed " survivals[key] "/" runs[key]
  return text (key in claimed ? " *" : "")
}
{
  name = $1; kind = $2; class = $3; engine = $4; claim = $5; where = $6
  key = name SUBSEP engine
  if (!(name in kinds)) {order[++names] = name; kinds[name] = kind; classes[name] = class}
  runs[key]++
  engines[engine] = 1
  if (claim != "-" && claim != "survives") claimed[key] = 1
  split($7, result, " ")
  if (result[1] == "does-not-build" || result[1] == "no-verdict") {
    complain(name ": " engine " " where " has no result: " result[1])
    next
  }
  if (result[1] == "unknown" && claim == "survives")
    complain(name ": " engine " " where " saw too little to say that it survives")
  if (result[1] == "survived" || result[1] == "unknown") {
    survivals[key]++
    if (claim != "-" && claim != "survives")
      complain(name ": " engine " " where " was to find " claim ", and found nothing")
    next
  }
  if (index("/" oracles[key] "/", "/" result[1] "/") == 0)
    oracles[key] = oracles[key] (oracles[key] == "" ? "" : "/") result[1]
  times[key] = times[key] " " result[2]
  if (result[3] != "-") counts[key] = counts[key] " " result[3]
  killed[name] = 1
  if (claim == "survives") complain(name ": " engine " " where " found " result[1])
  else if (claim != "-" && claim != "any" && index("/" claim "/", "/" result[1] "/") == 0)
    complain(name ": " engine " " where " was to find " claim ", and found " result[1])
  if (engine == "model" && class == "order" && result[3] > most_ordering)
    most_ordering = result[3]
}
END {
  row = "%-36s %-8s %-27s %-28s %s\n"
  printf row, "mutant (* by what it says)", "class", "stress", "ThreadSanitizer",
         "model check (medians)"
  for (i = 1; i <= names; i++) {
    name = order[i]
    printf row, name, classes[name], cell(name, "stress"), cell(name, "tsan"), cell(name, "model")
    if (kinds[name] == "mutant") {
      mutants++
      if (name in killed) caught++
      for (engine in engines) if ((name, engine) in oracles) by[engine]++
    } else if (name !~ /^baseline-/) {
      controls++
      if (!(name in killed)) survived++
    }
    key = name SUBSEP "model"
    if (classes[name] == "aba" && key in claimed && key in times) {
      n = split(times[key], list, " ")
      for (j = 1; j <= n; j++) if (list[j] > slowest) slowest = list[j]
      if (median(times[key]) > slowest_median) slowest_median = median(times[key])
    }
  }
  if (mutants + controls == 0) exit bad != 0
  printf "\n%d of %d mutants killed, %d of %d controls survived\n", caught, mutants, survived,
         controls
  printf "killed by"
  if ("stress" in engines) printf " stress %d,", by["stress"]
  if ("tsan" in engines) printf " ThreadSanitizer %d,", by["tsan"]
  if ("model" in engines) {
    printf " model check %d\n", by["model"]
    printf "model check: an ordering mutant took at most %d executions, an ABA mutant " \
           "at most %.3f s (largest median %.3f s)\n", most_ordering, slowest, slowest_median
  } else printf "\n"
  if (!timed) slowest = slowest_median = 0  # of a single seed the times say little
  if (slowest_median > 0.25) complain("an ABA mutant took more than 0.25 s in the median")
  if (slowest > 2) complain("an ABA mutant took more than 2 s")
  if (bad) printf "not as claimed:\n%s", complaints
  exit bad != 0
}
