#include "trireme/cloud/model/account.h"

#include <algorithm>

namespace trireme::cloud {

namespace {

template <class List, class Matches>
auto find_in(const List& list, Matches matches) -> decltype(list.data()) {
  const auto found = std::find_if(list.begin(), list.end(), matches);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

bool Account::has(const std::string& list) const { return std::find(lists.begin(), lists.end(), list) != lists.end(); }
const Account::Quota* Account::quota(const std::string& code) const {
  return find_in(quotas, [&](const Quota& each) { return each.code == code; });
}
const Account::Reservation* Account::reservation(const std::string& id) const {
  return find_in(reservations, [&](const Reservation& each) { return each.id == id; });
}
const Account::Subnet* Account::subnet(const std::string& id) const {
  return find_in(subnets, [&](const Subnet& each) { return each.id == id; });
}
std::string Account::way_out(const Subnet& subnet) const {
  const RouteTable* table = find_in(route_tables, [&](const RouteTable& each) {
    return std::find(each.subnets.begin(), each.subnets.end(), subnet.id) != each.subnets.end();
  });
  if (table == nullptr) {
    table = find_in(route_tables, [&](const RouteTable& each) { return each.main && each.vpc == subnet.vpc; });
  }
  return table == nullptr ? "" : table->way_out;
}
const Account::SecurityGroup* Account::group(const std::string& id) const {
  return find_in(security_groups, [&](const SecurityGroup& each) { return each.id == id; });
}
const Account::Image* Account::image(const std::string& id) const {
  return find_in(images, [&](const Image& each) { return each.id == id; });
}

}  // namespace trireme::cloud
