# Executions until a search has killed a mutant, as a table: lines "mutant|search|executions", one
# for each seed, or "-" where it was not killed. Medians over the seeds; "auto" beside the best of
# the others. most: executions that each search was given.
BEGIN {FS = "|"}
{
  if (!($1 in known)) {known[$1] = 1; names[++mutants] = $1}
  if (!($2 in column)) {column[$2] = ++searches; search[searches] = $2}
  values[$1, $2] = values[$1, $2] " " ($3 == "-" ? most + 1 : $3)
}

function median(text, sorted, n, i, j, swap) {
  n = split(text, sorted, " ")
  for (i = 2; i <= n; ++i) {
    for (j = i; j > 1 && sorted[j] + 0 < sorted[j - 1] + 0; --j) {
      swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap
    }
  }
  return n == 0 ? most + 1 : (sorted[int((n + 1) / 2)] + sorted[int(n / 2) + 1]) / 2
}
function cell(value) {return value > most ? "-" : sprintf("%.0f", value)}

END {
  printf "%-36s", "mutant"
  for (s = 1; s <= searches; ++s) printf " %13s", search[s]
  print "  auto / best"
  for (m = 1; m <= mutants; ++m) {
    best = most + 1
    printf "%-36s", names[m]
    for (s = 1; s <= searches; ++s) {
      value = median(values[names[m], search[s]])
      all[s] = all[s] " " value
      missed[s] += value > most
      if (search[s] == "auto") automatic = value
      else if (value < best) best = value
      printf " %13s", cell(value)
    }
    ratio = automatic / best
    if (best > most) {print "            -"; continue}
    ratios = ratios " " ratio
    if (ratio > 3) ++worse
    if (ratio > worst) worst = ratio
    printf " %12.1f\n", ratio
  }
  printf "%-36s", "median of all"
  for (s = 1; s <= searches; ++s) printf " %13s", cell(median(all[s]))
  printf " %12.1f\n%-36s", median(ratios), "more than " most " (" mutants " mutants)"
  for (s = 1; s <= searches; ++s) printf " %13d", missed[s]
  printf "\nauto needs more than 3 times the best on %d; at most %.1f times\n", worse, worst
}
